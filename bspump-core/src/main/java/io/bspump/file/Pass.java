package io.bspump.file;

import io.bspump.file.Cutter.Reach;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the files of a source have, one after the other. A file that cannot be read does not keep the others from being
 * read; it is an error at the end.
 */
final class Pass<O> implements Reading<O> {

    private final Progress progress;
    private final Catalogue catalogue;
    private final Format<O> format;
    private final boolean waits;
    private final boolean whole;
    private final Deque<KnownFile> files;
    private final Burst<O> burst = new Burst<>();
    private @Nullable Open<O> open;
    private @Nullable IOException failure;

    /** A file that is being read. */
    private record Open<O>(KnownFile known, InputFile input, FoundFile as, Cutter<O> cutter, Reach reach) {}

    /**
     * @param waits whether an unfinished event at the end of a file waits for the rest
     * @param whole whether a file that has changed is read anew, as a whole
     */
    Pass(Progress progress, Format<O> format, boolean waits, boolean whole) throws IOException {
        this.progress = progress;
        this.catalogue = progress.catalogue();
        this.format = format;
        this.waits = waits;
        this.whole = whole;
        progress.save();
        this.files = new ArrayDeque<>(catalogue.scan());
    }

    @Override
    public @Nullable Piece<O> next() throws IOException {
        if (burst.isEmpty()) {
            progress.throwFailure();
            while (burst.isEmpty() && (open != null || !files.isEmpty())) {
                proceed();
            }
            IOException last = failure;
            if (burst.isEmpty() && last != null) {
                failure = null;
                throw last;
            }
        }
        return burst.take();
    }

    private void proceed() {
        Open<O> current = open;
        KnownFile known = current == null ? files.remove() : current.known();
        try {
            if (current == null) {
                open = open(known);
            } else {
                fill(current);
                if (burst.isEmpty() || isBeyond(current)) {
                    end(current);
                }
            }
        } catch (IOException e) {
            fail(known, current, e);
        }
    }

    private @Nullable Open<O> open(KnownFile found) throws IOException {
        InputFile input = found.open();
        FoundFile as = found.found();
        if (input == null || as == null) {
            return null; // it has been renamed or deleted meanwhile; the next pass will find it, if it is there
        }
        KnownFile known = same(found, input, as);
        if (known != found) {
            input = known.open();
            if (input == null) {
                return null;
            }
        }
        catalogue.keepOpen(known);
        progress.reads(known);
        FilePosition reached = known.reached();
        Reach reach = waits ? known.reach(catalogue.now(), catalogue.idle()) : Reach.LAST_END;
        if (reached != null && input.isCompressed() && reached.ended() == as.size()) {
            known.reached(reached.offset(), Reach.LAST_END, as);
            known.close();
            return null; // unpacking all of it would show that there is nothing new
        }
        FoundFile now = new FoundFile(as.path(), as.key(), input.size(), as.modified());
        return new Open<>(known, input, now, format.cutter(input, known.offset()), reach);
    }

    private KnownFile same(KnownFile known, InputFile input, FoundFile as) throws IOException {
        FilePosition reached = known.reached();
        if (reached == null) {
            return known;
        }
        Optional<String> reason = input.contradiction(reached);
        if (whole && reason.isEmpty() && reached.ended() != as.size()) {
            reason = Optional.of("it has changed");
        }
        return reason.isEmpty() ? known : catalogue.restart(known, as, reason.get());
    }

    private void fill(Open<O> from) throws IOException {
        Cutter<O> cutter = from.cutter();
        KnownFile known = from.known();
        O event = cutter.next(from.reach());
        while (event != null) {
            known.emitted();
            burst.add(new Piece<>(known, event, cutter.size(), cutter.offset()), cutter.size());
            event = burst.isFull() ? null : cutter.next(Reach.BUFFERED);
        }
    }

    /** One file that grows as fast as it is read must not keep others waiting. */
    private boolean isBeyond(Open<O> current) {
        return waits
                && !current.input().isCompressed()
                && current.cutter().offset() >= current.as().size();
    }

    private void end(Open<O> current) throws IOException {
        KnownFile known = current.known();
        open = null;
        known.reached(current.cutter().offset(), current.reach(), current.as());
        if (!waits || current.input().isCompressed()) {
            progress.doesNotGoOn(known);
        }
    }

    private void fail(KnownFile known, @Nullable Open<O> current, IOException e) {
        open = null;
        ReadFailure named = e instanceof ReadFailure own
                ? own
                : new ReadFailure(known.path().toString(), e);
        if (failure == null) {
            failure = named;
        } else {
            failure.addSuppressed(named);
        }
        try {
            known.failed(current == null ? 0 : current.cutter().offset());
            known.close();
        } catch (IOException alsoThat) {
            named.addSuppressed(alsoThat);
        }
    }
}
