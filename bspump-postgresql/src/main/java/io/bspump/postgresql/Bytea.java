package io.bspump.postgresql;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** The two text forms of {@code bytea}. */
final class Bytea {

    private Bytea() {}

    static byte[] decode(String text) {
        return text.startsWith("\\x") ? HexFormat.of().parseHex(text, 2, text.length()) : escaped(text);
    }

    /** A server with {@code bytea_output = escape}. */
    private static byte[] escaped(String text) {
        byte[] raw = text.getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length);
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] != '\\') {
                bytes.write(raw[i]);
            } else if (raw[i + 1] == '\\') {
                bytes.write(raw[++i]);
            } else {
                bytes.write(Integer.parseInt(text, i + 1, i + 4, 8));
                i += 3;
            }
        }
        return bytes.toByteArray();
    }
}
