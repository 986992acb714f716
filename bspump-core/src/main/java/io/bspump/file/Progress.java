package io.bspump.file;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Saves from time to time how far the files of a source have settled, and puts away those that are done with. It blocks.
 * Thread-safe.
 */
final class Progress {

    private static final Logger LOG = LoggerFactory.getLogger(Progress.class);

    /** Saving many positions takes long; it may take one part of so many of the time. */
    private static final int SHARE = 2;

    private final PositionFile file;
    private final Catalogue catalogue;
    private final AfterReading after;
    private final String section;
    private final Scheduler worker;
    private final Disposable saving;
    /** Files of which not all that was read has settled and been saved. */
    private final Set<KnownFile> moving = ConcurrentHashMap.newKeySet();

    /** Those of them that may be closed then. */
    private final Set<KnownFile> ended = ConcurrentHashMap.newKeySet();

    private volatile @Nullable IOException failure;
    // Guarded by this.
    private boolean unsaved;
    private long notBefore;

    /**
     * Begins to save.
     *
     * @param section of the configuration, for messages
     * @param worker may block
     */
    Progress(
            PositionFile file,
            Catalogue catalogue,
            AfterReading after,
            String section,
            Scheduler worker,
            Duration interval) {
        this.file = file;
        this.catalogue = catalogue;
        this.after = after;
        this.section = section;
        this.worker = worker;
        long millis = interval.toMillis();
        this.saving = worker.schedulePeriodically(this::trySaveInTime, millis, millis, TimeUnit.MILLISECONDS);
    }

    Catalogue catalogue() {
        return catalogue;
    }

    /** A file is being read. */
    void reads(KnownFile known) {
        moving.add(known);
    }

    /** A file has been read to its end and may be closed when all has settled. */
    void doesNotGoOn(KnownFile known) throws IOException {
        if (!known.closeSettled()) {
            ended.add(known);
        }
    }

    /** Throws what has kept the last save from success. */
    void throwFailure() throws IOException {
        IOException last = failure;
        if (last instanceof ReadFailure one) {
            throw new ReadFailure(one.file(), one);
        }
        if (last != null) {
            throw new IOException(last.getMessage(), last);
        }
    }

    private synchronized void trySaveInTime() {
        if (worker.now(TimeUnit.MILLISECONDS) >= notBefore) {
            trySave();
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

    /** Saves if anything has settled since the last time, and puts away what is done with. */
    synchronized void save() throws IOException {
        long begin = worker.now(TimeUnit.MILLISECONDS);
        IOException problem = null;
        for (KnownFile known : moving) {
            try {
                settle(known);
            } catch (IOException e) {
                problem = e;
            }
        }
        if (catalogue.takeChanged() || unsaved) {
            unsaved = true;
            file.save(catalogue.positions());
            unsaved = false;
            notBefore = begin + (worker.now(TimeUnit.MILLISECONDS) - begin) * SHARE;
        }
        failure = null;
        if (problem != null) {
            throw problem;
        }
    }

    private void settle(KnownFile known) throws IOException {
        boolean settled = known.isSettled(); // asked first: what settles later has its turn later
        FoundFile complete = after.isNothing() ? null : known.complete();
        unsaved |= known.advance();
        if (settled && ended.contains(known) && known.closeSettled()) {
            ended.remove(known);
        }
        if (complete != null && after.apply(complete)) {
            catalogue.forget(known);
            moving.remove(known);
        } else if (settled && complete == null) {
            moving.remove(known);
            if (!known.isSettled()) {
                moving.add(known); // it is being read again just now
            }
        }
    }

    /** Saves for the last time, and closes the files. */
    void close() throws IOException {
        saving.dispose();
        try {
            save();
        } finally {
            catalogue.close();
        }
    }
}
