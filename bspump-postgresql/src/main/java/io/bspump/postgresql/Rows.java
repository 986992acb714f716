package io.bspump.postgresql;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a batch. Each is made when it is first asked for, so that the server has work while the others are made. Events
 * that make none are left out. Thread-safe, since what sends rows may still be at it when the server has refused one.
 */
final class Rows implements Iterable<Row> {

    private final List<?> events;
    private final List<Column> columns;
    private final BiConsumer<Integer, Throwable> refuse;

    // Guarded by this.
    private final List<Row> made = new ArrayList<>();
    private int next;

    /** @param refuse told the places of the events that make no row, and why */
    Rows(List<?> events, List<Column> columns, BiConsumer<Integer, Throwable> refuse) {
        this.events = events;
        this.columns = columns;
        this.refuse = refuse;
    }

    boolean isEmpty() {
        return get(0) == null;
    }

    /** All of them. */
    synchronized List<Row> all() {
        while (next < events.size()) {
            make();
        }
        return made;
    }

    private synchronized @Nullable Row get(int number) {
        while (number == made.size() && next < events.size()) {
            make();
        }
        return number < made.size() ? made.get(number) : null;
    }

    private void make() {
        int index = next++;
        try {
            made.add(Row.of(index, events.get(index), columns));
        } catch (RuntimeException e) { // also what a value of the user's own throws
            refuse.accept(index, e);
        }
    }

    @Override
    public Iterator<Row> iterator() {
        return new Iterator<>() {

            private int at;
            private @Nullable Row upcoming;

            @Override
            public boolean hasNext() {
                if (upcoming == null) {
                    upcoming = get(at);
                }
                return upcoming != null;
            }

            @Override
            public Row next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Row row = Objects.requireNonNull(upcoming);
                upcoming = null;
                at++;
                return row;
            }
        };
    }
}
