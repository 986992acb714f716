package io.bspump.file;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Each line is an event. */
final class LineCutter implements Cutter<byte[]> {

    private final LineReader lines;
    private int size;

    LineCutter(LineReader lines) {
        this.lines = lines;
    }

    @Override
    public byte @Nullable [] next(Reach reach) throws IOException {
        byte[] line =
                switch (reach) {
                    case BUFFERED -> lines.nextWithoutReading();
                    case END, QUIET_END -> lines.next();
                    case LAST_END -> lines.nextOrTail();
                };
        size = line == null ? 0 : line.length;
        return line;
    }

    @Override
    public long offset() {
        return lines.offset();
    }

    @Override
    public long size() {
        return size;
    }
}
