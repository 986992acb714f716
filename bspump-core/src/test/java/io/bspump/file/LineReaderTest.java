package io.bspump.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineReaderTest {

    private static LineReader reader(String text, int maxLine) {
        return new LineReader(new ByteArrayInputStream(text.getBytes(ISO_8859_1)), 0, maxLine);
    }

    private static List<String> lines(LineReader reader) throws IOException {
        List<String> lines = new ArrayList<>();
        byte[] line;
        while ((line = reader.next()) != null) {
            lines.add(new String(line, ISO_8859_1));
        }
        return lines;
    }

    @Test
    void cutsAtLineFeeds() throws IOException {
        LineReader reader = reader("a\n\nbc\r\n\r\nd\re\n\r\r\nrest\r", 100);
        assertThat(lines(reader)).containsExactly("a", "", "bc", "", "d\re", "\r");
        assertThat(reader.offset()).isEqualTo(16);
        assertThat(reader.tail()).asString(ISO_8859_1).isEqualTo("rest\r");
        assertThat(reader.tail()).isNull();
        assertThat(reader.offset()).isEqualTo(21);
    }

    @Test
    void anEmptyStreamHasNoLines() throws IOException {
        LineReader reader = reader("", 100);
        assertThat(reader.next()).isNull();
        assertThat(reader.tail()).isNull();
        assertThat(reader.next()).isNull();
    }

    @Test
    void offsetsCountFromWhereTheStreamBegins() throws IOException {
        LineReader reader = new LineReader(new ByteArrayInputStream(new byte[] {'a', '\n', 'b', '\n'}), 1000, 10);
        reader.next();
        assertThat(reader.offset()).isEqualTo(1002);
    }

    @Test
    void aLineMayBeAsLongAsAllowedAndNoLonger() throws IOException {
        for (int max : new int[] {1, 5, 65_535, 65_536, 65_537, 200_000}) {
            String fits = "x".repeat(max);
            assertThat(lines(reader("a\n" + fits + "\r\n" + fits + "\n", max))).containsExactly("a", fits, fits);
            assertThat(reader(fits, max)).satisfies(reader -> {
                assertThat(reader.next()).isNull();
                assertThat(reader.tail()).hasSize(max);
            });
            for (String end : List.of("\n", "\r\n", "", "xxxxxxxx\n")) {
                LineReader reader = reader("\n" + fits + "x" + end, max);
                reader.next();
                for (int attempt = 0; attempt < 2; attempt++) {
                    assertThatThrownBy(() -> nextOrTail(reader))
                            .isInstanceOf(IOException.class)
                            .hasMessage("the line at offset 1 is longer than max_line_size");
                }
            }
        }
    }

    private static byte[] nextOrTail(LineReader reader) throws IOException {
        byte[] line = reader.next();
        return line == null ? reader.tail() : line;
    }

    @Test
    void anEndlessLineIsRefusedInLittleMemory() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }

            @Override
            public int read(byte[] buffer, int from, int length) {
                java.util.Arrays.fill(buffer, from, from + length, (byte) 'x');
                return length;
            }
        };
        assertThatThrownBy(() -> new LineReader(endless, 0, 1_000_000).next()).hasMessageContaining("offset 0");
    }

    @Test
    void cutsTheSameHoweverTheStreamComes() throws IOException {
        Random random = new Random(42);
        for (int round = 0; round < 200; round++) {
            StringBuilder text = new StringBuilder();
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String line = "y".repeat(random.nextInt(round % 10 == 0 ? 100_000 : 50));
                expected.add(line);
                text.append(line).append(random.nextBoolean() ? "\n" : "\r\n");
            }
            LineReader reader = new LineReader(trickling(text.toString(), random), 0, 100_000);
            assertThat(lines(reader)).isEqualTo(expected);
            assertThat(reader.offset()).isEqualTo(text.length());
        }
    }

    private static InputStream trickling(String text, Random random) {
        return new ByteArrayInputStream(text.getBytes(ISO_8859_1)) {
            @Override
            public synchronized int read(byte[] buffer, int from, int length) {
                return super.read(buffer, from, Math.min(length, 1 + random.nextInt(5000)));
            }
        };
    }
}
