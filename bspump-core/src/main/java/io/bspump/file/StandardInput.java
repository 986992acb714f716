package io.bspump.file;

import io.bspump.file.Cutter.Reach;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads standard input to its end. One for all cycles: what has been read ahead is not lost. */
final class StandardInput<O> implements Reading<O> {

    private final Format<O> format;
    private final Burst<O> burst = new Burst<>();
    private @Nullable Cutter<O> cutter;

    StandardInput(Format<O> format) {
        this.format = format;
    }

    @Override
    public @Nullable Piece<O> next() throws IOException {
        if (burst.isEmpty()) {
            fill();
        }
        return burst.take();
    }

    private void fill() throws IOException {
        Cutter<O> from = cutter == null ? format.cutter(new Console(), 0) : cutter;
        cutter = from;
        O event = from.next(Reach.LAST_END);
        while (event != null) {
            burst.add(new Piece<>(event, from.size()), from.size());
            event = burst.isFull() ? null : from.next(Reach.BUFFERED);
        }
    }

    private static final class Console implements Content {

        @Override
        public InputStream from(long offset) {
            return System.in;
        }

        @Override
        public String name() {
            return "-";
        }
    }
}
