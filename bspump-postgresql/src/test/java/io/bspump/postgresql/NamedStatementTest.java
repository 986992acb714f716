package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamedStatementTest {

    @Test
    void eachNameIsOneParameter() {
        NamedStatement parsed = NamedStatement.parse("UPDATE t SET a = :a, b = :b_2 WHERE a <> :a AND c = :été");
        assertThat(parsed.sql()).isEqualTo("UPDATE t SET a = $1, b = $2 WHERE a <> $1 AND c = $3");
        assertThat(parsed.names()).containsExactly("a", "b_2", "été");
    }

    @Test
    void castsToArraysAreKnown() {
        NamedStatement parsed = NamedStatement.parse(
                "SELECT :a::int[], :b::int, :c :: int[], :d::pg_catalog.text[], :e, :f::double precision[]");
        assertThat(parsed.arrays()).containsExactly(true, false, false, true, false, true);
        assertThat(parsed.sql())
                .isEqualTo("SELECT $1::int[], $2::int, $3 :: int[], $4::pg_catalog.text[], $5,"
                        + " $6::double precision[]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT ':a', 'it''s :a', \"my:a\", \"a\"\":a\"",
                "SELECT E'\\':a', e'\\\\', U&':a', 'x\\'",
                "SELECT $$ :a $$, $tag$ :a $$ :b $tag$, $ä_1$:a$ä_1$",
                "SELECT 1 -- :a 'no end\n, 2 -- :b",
                "SELECT /* :a ' \" /* nested :b */ :c */ 1",
                "SELECT 'a'::text, x::int[], a[1:2], f(a := 1), '1' ::int, 5 / 2, 3 - 1, - 1",
                "DO $$ BEGIN x := 'a'; END $$"
            })
    void whatIsQuotedOrNoParameterIsLeftAlone(String text) {
        NamedStatement parsed = NamedStatement.parse(text);
        assertThat(parsed.sql()).isEqualTo(text);
        assertThat(parsed.names()).isEmpty();
    }

    @Test
    void goesOnBehindQuotes() {
        assertThat(NamedStatement.parse("SELECT 'x':a,$$y$$:b,\"z\":c,E'\\'':d/**/:e--\n:f")
                        .names())
                .containsExactly("a", "b", "c", "d", "e", "f");
        // An E that is the end of a name is none that marks a text.
        assertThat(NamedStatement.parse("SELECT date'\\' || :a").names()).containsExactly("a");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "SELECT 'abc,a quoted text has no end",
                "SELECT E'abc\\',a quoted text has no end",
                "SELECT \"abc,a quoted name has no end",
                "SELECT $x$ abc $$,a text in $x$ has no end",
                "SELECT /* /* */,a comment has no end",
                "SELECT $1,`parameters must be written :name, one is written with a dollar`"
            })
    void whatHasNoEndIsToldWithoutTheText(String text, String message) {
        assertThatThrownBy(() -> NamedStatement.parse(text)).hasMessage(message);
    }
}
