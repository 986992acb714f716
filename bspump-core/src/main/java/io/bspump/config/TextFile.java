package io.bspump.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads small files of UTF-8 text, and says what is wrong with them. */
final class TextFile {

    private static final int SIZE_LIMIT = 1 << 24;
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private TextFile() {}

    /** The text without a byte order mark; null if it could not be read, which is recorded. */
    static @Nullable String read(Path path, Origin origin, Problems problems) {
        // Anything else, a pipe for instance, could block for ever.
        if (!Files.isRegularFile(path)) {
            String message = Files.exists(path) ? "is not a regular file" : "does not exist";
            problems.addLoss(origin, null, null, "the file " + message);
            return null;
        }
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(SIZE_LIMIT + 1);
            if (bytes.length > SIZE_LIMIT) {
                problems.addLoss(origin, null, null, "the file is longer than " + (SIZE_LIMIT >> 20) + " MiB");
                return null;
            }
            return decode(bytes, origin, problems);
        } catch (IOException e) {
            problems.addLoss(
                    origin,
                    null,
                    null,
                    "the file cannot be read: " + e.getClass().getSimpleName());
            return null;
        }
    }

    static @Nullable String decode(byte[] bytes, Origin origin, Problems problems) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            Origin line = new Origin(origin.place(), line(bytes, in.position()), origin.directory());
            problems.addLoss(line, null, null, "the file must be UTF-8 text");
            return null;
        }
        return withoutMark(out.flip().toString());
    }

    static String withoutMark(String text) {
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    private static int line(byte[] bytes, int position) {
        int line = 1;
        for (int i = 0; i < position; i++) {
            boolean pair = bytes[i] == '\r' && i + 1 < bytes.length && bytes[i + 1] == '\n';
            line += bytes[i] == '\n' || (bytes[i] == '\r' && !pair) ? 1 : 0;
        }
        return line;
    }
}
