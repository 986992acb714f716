package io.bspump.file;

import java.util.Arrays;

/** Bytes that are gathered for one write. */
final class Records {

    private byte[] bytes = new byte[1 << 16];
    private int length;

    void clear() {
        length = 0;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void add(byte[] record) {
        int needed = Math.addExact(length, record.length);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, 2L * bytes.length)));
        }
        System.arraycopy(record, 0, bytes, length, record.length);
        length = needed;
    }

    void add(byte b) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * bytes.length));
        }
        bytes[length++] = b;
    }
}
