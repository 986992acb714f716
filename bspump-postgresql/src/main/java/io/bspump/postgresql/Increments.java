package io.bspump.postgresql;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Up to where an incremental query has been read, and up to where its rows have settled, which is saved from time to time.
 * Rows are read by one thread at a time and settle on the lane.
 */
final class Increments {

    private static final Logger LOG = LoggerFactory.getLogger(Increments.class);

    private final String section;
    private final String column;
    private final @Nullable PositionFile file;
    private final Bookmark emitted;
    private final Bookmark settled;
    private final Disposable saving;

    private volatile boolean moved;
    private boolean failed; // guarded by this

    /**
     * Goes on from a position.
     *
     * @param section of the configuration, for messages
     * @param position null to begin at the beginning
     * @param file null if somebody else keeps the position
     * @param worker may block
     */
    Increments(
            String section,
            String column,
            @Nullable String position,
            @Nullable PositionFile file,
            Scheduler worker,
            Duration interval) {
        this.section = section;
        this.column = column;
        this.file = file;
        this.settled = position == null ? new Bookmark(column) : Bookmark.parse(column, position);
        this.emitted = new Bookmark(column);
        this.emitted.set(settled);
        long millis = interval.toMillis();
        this.saving = worker.schedulePeriodically(this::trySave, millis, millis, TimeUnit.MILLISECONDS);
    }

    String column() {
        return column;
    }

    /** Returns how far rows have been emitted, for who reads on from there. */
    Bookmark emitted() {
        Bookmark now = new Bookmark(column);
        now.set(emitted);
        return now;
    }

    /** A row has been emitted. */
    void emitted(Mark row) {
        emitted.pass(row.value(), row.hash());
    }

    /** From where on rows are read, and which of them have been emitted before. Belongs to one session. */
    static final class Continuation {

        private final @Nullable String from;
        private final Map<RowHash, Integer> known;

        /** Reads on behind the last row that a bookmark has passed. */
        Continuation(Bookmark bookmark) {
            this.from = bookmark.value();
            this.known = bookmark.ties();
        }

        /** The value from which on, that included; null for all. */
        @Nullable
        String from() {
            return from;
        }

        /** Tells whether a row is new; asked once for each. */
        boolean isNew(Mark row) {
            Integer times = row.value().equals(from) ? known.get(row.hash()) : null;
            if (times == null || times == 0) {
                return true;
            }
            known.put(row.hash(), times - 1);
            return false;
        }
    }

    /** A row has settled, and all before it. */
    void settled(Mark row) {
        settled.pass(row.value(), row.hash());
        moved = true;
    }

    /** Returns up to where rows have settled, if that has moved since the last call; for who keeps it elsewhere. */
    @Nullable
    Bookmark takeMoved() {
        if (!moved) {
            return null;
        }
        moved = false;
        Bookmark now = new Bookmark(column);
        now.set(settled);
        return now;
    }

    private void trySave() {
        try {
            save();
        } catch (IOException e) {
            if (isNews(true)) {
                LOG.warn("[{}] {}", section, e.getMessage());
            }
        }
    }

    private synchronized boolean isNews(boolean fails) {
        boolean news = fails && !failed;
        failed = fails;
        return news;
    }

    private synchronized void save() throws IOException {
        if (!moved || file == null) {
            return;
        }
        moved = false;
        String position = settled.toText();
        if (position == null) {
            return;
        }
        try {
            file.save(position);
            failed = false;
        } catch (IOException e) {
            moved = true;
            throw e;
        }
    }

    /** Saves for the last time. Blocks. */
    void close() throws IOException {
        saving.dispose();
        save();
    }
}
