package io.bspump.text;

import io.bspump.config.Config;
import io.bspump.config.Option;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.util.Arrays;

/**
 * Strict conversion between bytes and text. The JDK's quick way replaces what it cannot convert; so that is taken first, and what
 * may have been replaced is converted again, slowly, to find the place.
 */
final class Encodings {

    static final Option OPTION =
            Option.string("encoding").defaultTo("utf-8").doc("The encoding of the bytes, such as `iso-8859-1`.");

    private static final char REPLACEMENT = '\uFFFD';
    private static final byte[] QUESTION_MARK = {'?'};

    private Encodings() {}

    static Charset of(Config config) {
        try {
            return Charset.forName(config.get("encoding"));
        } catch (IllegalArgumentException e) {
            throw config.invalid("encoding", "must be the name of an encoding");
        }
    }

    static String decode(byte[] bytes, Charset encoding) {
        String text = new String(bytes, encoding);
        return text.indexOf(REPLACEMENT) < 0 ? text : decodeStrictly(bytes, encoding);
    }

    private static String decodeStrictly(byte[] bytes, Charset encoding) {
        CharsetDecoder decoder = encoding.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate((int) Math.ceil(bytes.length * (double) decoder.maxCharsPerByte()));
        if (decoder.decode(in, out, true).isError()) {
            throw new IllegalArgumentException(String.format(
                    "the event is not %s at byte %d, 0x%02x", encoding.name(), in.position(), in.get(in.position())));
        }
        decoder.flush(out);
        return out.flip().toString();
    }

    /** Whether the quick way shows by a question mark that it has replaced something. */
    static boolean marksReplacements(Charset encoding) {
        return Arrays.equals(encoding.newEncoder().replacement(), QUESTION_MARK);
    }

    /** Whether something may have been replaced, in an encoding that marks it. */
    static boolean mayHaveReplaced(String text, byte[] bytes) {
        int marks = 0;
        for (byte b : bytes) {
            if (b == '?') {
                marks++;
            }
        }
        for (int i = text.indexOf('?'); i >= 0; i = text.indexOf('?', i + 1)) {
            marks--;
        }
        return marks != 0;
    }

    static byte[] encodeStrictly(String text, Charset encoding) {
        CharsetEncoder encoder = encoding.newEncoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CharBuffer in = CharBuffer.wrap(text);
        // The one character more is the byte order mark.
        ByteBuffer out = ByteBuffer.allocate((int) Math.ceil((text.length() + 1) * (double) encoder.maxBytesPerChar()));
        if (encoder.encode(in, out, true).isError()) {
            throw new IllegalArgumentException(String.format(
                    "the event cannot be written as %s at character %d, U+%04X",
                    encoding.name(), in.position(), Character.codePointAt(text, in.position())));
        }
        encoder.flush(out);
        return Arrays.copyOf(out.array(), out.position());
    }
}
