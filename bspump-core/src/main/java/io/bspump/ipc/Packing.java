package io.bspump.ipc;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Puts events behind each other as a peer expects them. Not thread-safe. */
final class Packing {

    private final Framing framing;
    private byte[] bytes = new byte[1 << 12];
    private int length;
    private int events;

    Packing(Framing framing) {
        this.framing = framing;
    }

    /**
     * Returns the bytes of an event, text in UTF-8.
     *
     * @throws IllegalArgumentException if it is neither bytes nor text
     */
    static byte[] bytes(String section, Object event) {
        if (event instanceof byte[] raw) {
            return raw;
        }
        if (event instanceof CharSequence text) {
            return text.toString().getBytes(StandardCharsets.UTF_8);
        }
        throw new IllegalArgumentException("[" + section + "] takes byte[] and text, was given a "
                + event.getClass().getName());
    }

    /** Adds an event; returns why it cannot be sent, or null. */
    @Nullable
    IllegalArgumentException add(String section, Object event) {
        byte[] content;
        try {
            content = bytes(section, event);
        } catch (IllegalArgumentException e) {
            return e;
        }
        if (framing == Framing.LINE && hasLineFeed(content)) {
            return new IllegalArgumentException(
                    "[" + section + "] cannot send an event with a line feed as one line; see 'framing'");
        }
        reserve(content.length + Integer.BYTES);
        if (framing == Framing.LENGTH) {
            for (int shift = 24; shift >= 0; shift -= 8) {
                bytes[length++] = (byte) (content.length >> shift);
            }
        }
        System.arraycopy(content, 0, bytes, length, content.length);
        length += content.length;
        if (framing == Framing.LINE) {
            bytes[length++] = '\n';
        }
        events++;
        return null;
    }

    private static boolean hasLineFeed(byte[] content) {
        for (byte b : content) {
            if (b == '\n') {
                return true;
            }
        }
        return false;
    }

    private void reserve(int more) {
        int needed = Math.addExact(length, more);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, 2L * bytes.length)));
        }
    }

    int events() {
        return events;
    }

    byte[] packed() {
        return Arrays.copyOf(bytes, length);
    }
}
