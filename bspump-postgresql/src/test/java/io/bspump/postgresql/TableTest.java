package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableTest {

    @Test
    void namesAreFoldedAndQuoted() {
        assertThat(Table.path("Positions")).isEqualTo("\"positions\"");
        assertThat(Table.path(" own.Places ")).isEqualTo("\"own\".\"places\"");
        assertThat(Table.path("\"My \"\"own\"\"\".T1")).isEqualTo("\"My \"\"own\"\"\".\"t1\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a.", ".a", "1a", "a;", "\"a", "a..b", "a\"b\"", "a--"})
    void othersAreNone(String text) {
        assertThatThrownBy(() -> Table.path(text)).hasMessage("must be TABLE or SCHEMA.TABLE");
    }
}
