package io.bspump.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTest {

    @TempDir
    Path directory;

    private TestApp app;
    private Pipeline pipeline;

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
        pipeline = app.pipeline("P");
    }

    @AfterEach
    void close() {
        app.close();
    }

    private String decode(String encoding, byte... bytes) {
        return new BytesToStringParser(app, pipeline, "B", Map.of("encoding", encoding)).process(new Context(), bytes);
    }

    private byte[] encode(String encoding, String text) {
        return new StringToBytesParser(app, pipeline, "S", Map.of("encoding", encoding)).process(new Context(), text);
    }

    @Test
    void textIsUtf8UnlessSaidOtherwise() {
        byte[] bytes = "žluť \uD83D\uDE00".getBytes(StandardCharsets.UTF_8);
        assertThat(new BytesToStringParser(app, pipeline).process(new Context(), bytes))
                .isEqualTo("žluť \uD83D\uDE00");
        assertThat(new StringToBytesParser(app, pipeline).process(new Context(), "žluť \uD83D\uDE00"))
                .isEqualTo(bytes);
    }

    @Test
    void otherEncodingsAreUnderstood() {
        assertThat(decode("iso-8859-1", (byte) 0xe9)).isEqualTo("é");
        assertThat(encode("ISO-8859-1", "é?")).containsExactly(0xe9, '?');
        assertThat(encode("utf-16", "a")).isEqualTo("a".getBytes(StandardCharsets.UTF_16));
        assertThat(decode("utf-16le", (byte) 'a', (byte) 0)).isEqualTo("a");
    }

    @Test
    void malformedBytesAreAnErrorWithTheirPlace() {
        assertThatThrownBy(() -> decode("utf-8", (byte) 'a', (byte) 'b', (byte) 0xff, (byte) 'c'))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the event is not UTF-8 at byte 2, 0xff");
        assertThatThrownBy(() -> decode("utf-8", (byte) 'a', (byte) 0xc5))
                .hasMessage("the event is not UTF-8 at byte 1, 0xc5");
        assertThatThrownBy(() -> decode("us-ascii", (byte) 0x80))
                .hasMessage("the event is not US-ASCII at byte 0, 0x80");
    }

    @Test
    void theReplacementCharacterItselfIsNoError() {
        assertThat(decode("utf-8", "a\uFFFDb".getBytes(StandardCharsets.UTF_8))).isEqualTo("a\uFFFDb");
    }

    @Test
    void charactersThatCannotBeWrittenAreAnErrorWithTheirPlace() {
        assertThatThrownBy(() -> encode("iso-8859-1", "a?ž"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the event cannot be written as ISO-8859-1 at character 2, U+017E");
        assertThatThrownBy(() -> encode("utf-8", "ab\uD800"))
                .hasMessage("the event cannot be written as UTF-8 at character 2, U+D800");
        assertThatThrownBy(() -> encode("utf-16", "\uDC00"))
                .hasMessage("the event cannot be written as UTF-16 at character 0, U+DC00");
    }

    @Test
    void whatIsWrittenIsReadBack() {
        Random random = new Random(3);
        for (String encoding : new String[] {"utf-8", "utf-16", "utf-32", "gb18030", "iso-2022-jp", "shift_jis"}) {
            for (int i = 0; i < 500; i++) {
                String text = random.ints(random.nextInt(20), 0x20, 0x7f)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .append(i % 2 == 0 ? "日本?" : "")
                        .toString();
                byte[] bytes = encode(encoding, text);
                assertThat(bytes).as(encoding).isEqualTo(text.getBytes(Charset.forName(encoding)));
                assertThat(decode(encoding, bytes)).as(encoding).isEqualTo(text);
            }
        }
    }

    @Test
    void anUnknownEncodingIsRefused() {
        assertThatThrownBy(() -> decode("utf8x"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("[pipeline:P:B] encoding must be the name of an encoding, was 'utf8x'");
        assertThatThrownBy(() -> encode("x-JISAutoDetect", ""))
                .hasMessageStartingWith("[pipeline:P:S] encoding must be an encoding that can be written");
    }

    @Test
    void bytesAreWrittenAsHexadecimalDigits() {
        HexlifyProcessor hexlify = new HexlifyProcessor(app, pipeline);
        assertThat(hexlify.process(new Context(), new byte[] {0, 127, -128, -1}))
                .asString()
                .isEqualTo("007f80ff");
        assertThat(hexlify.process(new Context(), new byte[0])).isEmpty();
    }
}
