package io.bspump.file;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** Up to where the lines of a source have settled, saved from time to time. Saving blocks. */
final class Progress {

    private static final Logger LOG = LoggerFactory.getLogger(Progress.class);

    private final PositionFile file;
    private final String section;
    private final Disposable saving;
    private final AtomicReference<@Nullable Line> settled = new AtomicReference<>();
    private volatile @Nullable IOException failure;
    // Guarded by this.
    private @Nullable Line saved;

    /**
     * Begins to save.
     *
     * @param section of the configuration, for messages
     * @param worker may block
     */
    Progress(PositionFile file, String section, Scheduler worker, Duration interval) {
        this.file = file;
        this.section = section;
        long millis = interval.toMillis();
        this.saving = worker.schedulePeriodically(this::trySave, millis, millis, TimeUnit.MILLISECONDS);
    }

    /** The line and all before it have settled. Called in the order of the lines. */
    void settled(Line line) {
        // The next save need not see it at once.
        settled.lazySet(line);
    }

    /** Throws what has kept the last save from success. */
    void throwFailure() throws IOException {
        IOException last = failure;
        if (last != null) {
            throw new IOException(last.getMessage(), last);
        }
    }

    /** Saves; a failure is for {@link #throwFailure}, and logged the first time. */
    void trySave() {
        try {
            save();
        } catch (IOException e) {
            if (failure == null) {
                LOG.warn("[{}] {}", section, e.getMessage());
            }
            failure = e;
        }
    }

    /** Saves if anything has settled since the last time. */
    synchronized void save() throws IOException {
        Line line = settled.get();
        if (line != null && line != saved && line.file != null) {
            file.save(line.file.at(line.end));
            saved = line;
        }
        failure = null;
    }

    /** Saves for the last time. */
    void close() throws IOException {
        saving.dispose();
        save();
    }
}
