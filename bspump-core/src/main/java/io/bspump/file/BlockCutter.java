package io.bspump.file;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The whole content is one event; an empty one is none. */
final class BlockCutter implements Cutter<byte[]> {

    private final InputStream in;
    private final int max;
    private long end;

    BlockCutter(InputStream in, long offset, int max) {
        this.in = in;
        this.max = max;
        this.end = offset;
    }

    @Override
    public byte @Nullable [] next(Reach reach) throws IOException {
        if (reach == Reach.BUFFERED) {
            return null;
        }
        byte[] block = in.readNBytes(max + 1);
        if (block.length > max) {
            throw new IOException("it is larger than max_block_size");
        }
        end += block.length;
        return block.length == 0 ? null : block;
    }

    @Override
    public long offset() {
        return end;
    }

    @Override
    public long size() {
        return end;
    }
}
