package io.bspump;

import io.bspump.config.Suggestion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Things by their unique id, in the order in which they were added; until it is opened they gather, from then on each is
 * started when it is added, and none is taken any more when it is closed. Safe for use by many threads.
 *
 * @param <T> what is kept
 */
final class Registry<T> {

    private enum Phase {
        GATHERING,
        OPEN,
        CLOSED
    }

    private final String kind;
    private final Consumer<? super T> starter;

    // Both guarded by this.
    private final Map<String, T> entries = new LinkedHashMap<>();
    private Phase phase = Phase.GATHERING;

    @SuppressWarnings(
            "ThreadLocalUsage") // what a thread sees differs from registry to registry, and is removed after use
    private final ThreadLocal<@Nullable Map<String, T>> rehearsed = new ThreadLocal<>();

    /**
     * Makes an empty one.
     *
     * @param kind what it holds, such as {@code connection}, for messages
     * @param starter starts what is added after the opening; called without a lock
     */
    Registry(String kind, Consumer<? super T> starter) {
        this.kind = kind;
        this.starter = starter;
    }

    /**
     * Adds a thing.
     *
     * @throws IllegalArgumentException if the id is taken
     * @throws IllegalStateException if the registry is closed
     */
    void add(String id, T entry) {
        add(id, entry, () -> {});
    }

    /** The same, and does something between the adding and the starting. */
    void add(String id, T entry, Runnable added) {
        Phase found = put(id, entry);
        added.run();
        if (found == Phase.OPEN) {
            starter.accept(entry);
        }
    }

    /**
     * Lets the calling thread see these things instead, and add to them, without anything being started or seen by others;
     * until {@link #endRehearsal}.
     */
    void rehearse(Map<String, T> instead) {
        rehearsed.set(instead);
    }

    void endRehearsal() {
        rehearsed.remove();
    }

    private Map<String, T> entries() {
        Map<String, T> instead = rehearsed.get();
        return instead == null ? entries : instead;
    }

    /**
     * Puts a thing in the place of another one, does something, and starts it if it is open; tells whether it did, or whether
     * the other one is not there any more or nothing is taken any more.
     */
    boolean replace(String id, T former, T next, Runnable replaced) {
        Phase found;
        synchronized (this) {
            found = phase;
            if (found == Phase.CLOSED || !entries.replace(id, former, next)) {
                return false;
            }
        }
        replaced.run();
        if (found == Phase.OPEN) {
            starter.accept(next);
        }
        return true;
    }

    private synchronized Phase put(String id, T entry) {
        if (phase == Phase.CLOSED) {
            throw new IllegalStateException("the application is stopping, " + kind + " '" + id + "' was not added");
        }
        if (entries().putIfAbsent(id, entry) != null) {
            throw new IllegalArgumentException("there is already a " + kind + " with the id '" + id + "'");
        }
        return rehearsed.get() == null ? phase : Phase.GATHERING;
    }

    /** Takes the thing out and tells whether it was the one registered under the id. */
    synchronized boolean remove(String id, T entry) {
        return entries.remove(id, entry);
    }

    /** Gives what has gathered, for the caller to start; nothing if it is closed already. */
    synchronized List<T> open() {
        if (phase == Phase.CLOSED) {
            return List.of();
        }
        phase = Phase.OPEN;
        return all();
    }

    /** Gives all there are, for the caller to stop. */
    synchronized List<T> close() {
        phase = Phase.CLOSED;
        return all();
    }

    synchronized List<T> all() {
        return List.copyOf(entries().values());
    }

    /** All there are by their ids, in their order. */
    synchronized Map<String, T> byId() {
        return new LinkedHashMap<>(entries());
    }

    synchronized Optional<T> find(String id) {
        return Optional.ofNullable(entries().get(id));
    }

    /**
     * Finds a thing that must be there.
     *
     * @throws IllegalArgumentException naming the nearest and the known ids, if it is not
     */
    synchronized T locate(String id) {
        return find(id).orElseThrow(() -> unknown(id));
    }

    private IllegalArgumentException unknown(String id) {
        Map<String, T> entries = entries();
        String suggestion = Suggestion.nearest(id, entries.keySet())
                .map(near -> ", did you mean '" + near + "'?")
                .orElse("");
        String known = entries.isEmpty() ? "none is registered" : "known are " + String.join(", ", entries.keySet());
        return new IllegalArgumentException(
                "there is no " + kind + " with the id '" + id + "'" + suggestion + " (" + known + ")");
    }
}
