package io.bspump.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Some rows in the text format of COPY, in UTF-8. */
final class CopyText {

    /** What stands behind a backslash for a byte; 0 for a byte that stands for itself. */
    private static final byte[] ESCAPES = new byte[128];

    static {
        ESCAPES['\\'] = '\\';
        ESCAPES['\t'] = 't';
        ESCAPES['\n'] = 'n';
        ESCAPES['\r'] = 'r';
    }

    private byte[] bytes;
    private int length;

    CopyText(int capacity) {
        bytes = new byte[capacity];
    }

    int length() {
        return length;
    }

    void append(Row row) {
        for (int i = 0; i < row.size(); i++) {
            String value = row.text(i);
            if (value == null) {
                reserve(3);
                bytes[length++] = '\\';
                bytes[length++] = 'N';
            } else {
                append(value.getBytes(StandardCharsets.UTF_8));
            }
            bytes[length++] = '\t';
        }
        bytes[length - 1] = '\n';
    }

    /** Leaves room for one byte more. */
    private void append(byte[] value) {
        reserve(2 * value.length + 1);
        int at = length;
        for (byte each : value) {
            byte escape = each < 0 ? 0 : ESCAPES[each];
            if (escape == 0) {
                bytes[at++] = each;
            } else {
                bytes[at++] = '\\';
                bytes[at++] = escape;
            }
        }
        length = at;
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    /** What has been appended; nothing may be appended after that. */
    ByteBuf buffer() {
        return Unpooled.wrappedBuffer(bytes, 0, length);
    }
}
