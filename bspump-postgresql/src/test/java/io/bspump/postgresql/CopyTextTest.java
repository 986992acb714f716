package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class CopyTextTest {

    private static String text(int capacity, Object... values) {
        Column column = new Column("c", "c", "text", Kind.TEXT, false, true);
        CopyText text = new CopyText(capacity);
        text.append(Row.of(0, Arrays.asList(values), Collections.nCopies(values.length, column)));
        return text.buffer().toString(StandardCharsets.UTF_8);
    }

    @Test
    void columnsAreDividedByTabsAndRowsByNewlines() {
        Column column = new Column("c", "c", "bigint", Kind.INTEGER, false, true);
        CopyText text = new CopyText(100);
        text.append(Row.of(0, List.of(1, 2), List.of(column, column)));
        text.append(Row.of(1, List.of(-3, 4), List.of(column, column)));
        assertThat(text.buffer().toString(StandardCharsets.UTF_8)).isEqualTo("1\t2\n-3\t4\n");
    }

    @Test
    void nullIsToldFromTheTextThatLooksLikeIt() {
        assertThat(text(100, null, "\\N", "", "NULL")).isEqualTo("\\N\t\\\\N\t\tNULL\n");
    }

    @Test
    void whatHasAMeaningIsEscaped() {
        assertThat(text(100, "a\tb\nc\rd\\e", "\\.")).isEqualTo("a\\tb\\nc\\rd\\\\e\t\\\\.\n");
    }

    @Test
    void othersAreUtf8() {
        assertThat(text(100, "žluťoučký", "日本", "😀", "\b\u007f")).isEqualTo("žluťoučký\t日本\t😀\t\b\u007f\n");
    }

    @Test
    void itGrows() {
        String large = "\\".repeat(1000) + "x".repeat(1000);
        assertThat(text(1, large, null)).isEqualTo("\\\\".repeat(1000) + "x".repeat(1000) + "\t\\N\n");
        assertThat(text(1, null, null, null, null)).isEqualTo("\\N\t\\N\t\\N\t\\N\n");
        assertThat(text(3, null, "")).isEqualTo("\\N\t\n");
    }
}
