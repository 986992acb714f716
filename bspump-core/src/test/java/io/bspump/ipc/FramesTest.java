package io.bspump.ipc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FramesTest {

    private static List<String> cut(Frames frames, byte[] stream, int pieceSize) throws IOException {
        List<String> events = new ArrayList<>();
        for (int at = 0; at < stream.length; at += pieceSize) {
            frames.add(Arrays.copyOfRange(stream, at, Math.min(stream.length, at + pieceSize)));
            for (byte[] event = frames.next(); event != null; event = frames.next()) {
                events.add(new String(event, ISO_8859_1));
            }
        }
        byte[] tail = frames.tail();
        if (tail != null) {
            events.add(new String(tail, ISO_8859_1));
        }
        return events;
    }

    private static List<String> lines(String stream, int limit) throws IOException {
        return cut(Framing.LINE.frames(limit), stream.getBytes(ISO_8859_1), 1000);
    }

    @Test
    void cutsLinesWhereverThePiecesEnd() throws IOException {
        String stream = "one\r\n\n two\r\n\rthree\r\r\nlast";
        for (int size = 1; size <= stream.length(); size++) {
            assertThat(cut(Framing.LINE.frames(100), stream.getBytes(ISO_8859_1), size))
                    .as("pieces of %d bytes", size)
                    .containsExactly("one", "", " two", "\rthree\r", "last");
        }
    }

    @Test
    void cutsManyLinesOfAllLengths() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                lines.add("x".repeat(random.nextInt(random.nextInt(8) == 0 ? 100_000 : 20)));
            }
            byte[] stream = (String.join("\n", lines) + "\n").getBytes(ISO_8859_1);
            assertThat(cut(Framing.LINE.frames(100_000), stream, 1 + random.nextInt(70_000)))
                    .isEqualTo(lines);
        }
    }

    @Test
    void takesALineAsLongAsTheLimit() throws IOException {
        assertThat(lines("12345\r\n12345", 5)).containsExactly("12345", "12345");
        assertThatThrownBy(() -> lines("123456\n", 5))
                .isInstanceOf(IOException.class)
                .hasMessage("a line is longer than 5 bytes");
        assertThatThrownBy(() -> lines("1234567", 5)).hasMessage("a line is longer than 5 bytes");
        assertThatThrownBy(() -> lines("123456", 5)).hasMessage("a line is longer than 5 bytes");
    }

    @Test
    void refusesALineWithoutAnEndBeforeItIsThere() {
        Frames frames = Framing.LINE.frames(1 << 20);
        byte[] piece = new byte[1 << 16];
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1600; i++) {
                        frames.add(piece);
                        assertThat(i)
                                .as("pieces taken of a line that is too long")
                                .isLessThan(17);
                        assertThat(frames.next()).isNull();
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessage("a line is longer than 1048576 bytes");
    }

    private static byte[] prefixed(String... events) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        for (String event : events) {
            out.writeInt(event.length());
            out.writeBytes(event);
        }
        return bytes.toByteArray();
    }

    @Test
    void cutsByLengthWhereverThePiecesEnd() throws IOException {
        String long1 = "y".repeat(200_000);
        byte[] stream = prefixed("one", "", "t\nw\no", long1);
        for (int size : new int[] {1, 2, 3, 4, 5, 7, 100, 65_536, 1 << 20}) {
            assertThat(cut(Framing.LENGTH.frames(200_000), stream, size))
                    .as("pieces of %d bytes", size)
                    .containsExactly("one", "", "t\nw\no", long1);
        }
    }

    @Test
    void refusesALengthBeyondTheLimit() {
        assertThatThrownBy(() -> cut(Framing.LENGTH.frames(10), new byte[] {0, 0, 0, 11}, 4))
                .isInstanceOf(IOException.class)
                .hasMessage("a length is given as 11 bytes, the limit is 10 bytes");
        assertThatThrownBy(() -> cut(Framing.LENGTH.frames(10), "GET / HTTP/1.1\r\n".getBytes(ISO_8859_1), 4))
                .hasMessage("a length is given as 1195725856 bytes, the limit is 10 bytes");
        assertThatThrownBy(() -> cut(Framing.LENGTH.frames(10), new byte[] {-1, -1, -1, -1}, 4))
                .hasMessage("a length is given as 4294967295 bytes, the limit is 10 bytes");
    }

    @Test
    void saysThatAStreamEndedWithinAnEvent() {
        for (int size : new int[] {1, 3, 4, 6}) {
            assertThatThrownBy(() ->
                            cut(Framing.LENGTH.frames(10), Arrays.copyOf(new byte[] {0, 0, 0, 3, 1, 2, 3}, size), 1))
                    .as("after %d bytes", size)
                    .hasMessage("the stream ended within an event");
        }
    }

    @Test
    void whatWasPackedIsCutTheSame() throws IOException {
        for (Framing framing : List.of(Framing.LINE, Framing.LENGTH)) {
            Packing packing = new Packing(framing);
            assertThat(packing.add("s", "one")).isNull();
            assertThat(packing.add("s", new byte[0])).isNull();
            assertThat(packing.add("s", "z".repeat(10_000))).isNull();
            assertThat(cut(framing.frames(10_000), packing.packed(), 11))
                    .containsExactly("one", "", "z".repeat(10_000));
        }
    }
}
