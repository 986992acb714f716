package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class OptionsTest {

    static class Base {
        public static final Options OPTIONS = Options.of(
                Option.string("Path").defaultTo("base").doc("A path."),
                Option.integer("size").defaultTo(1).alias("old_size").doc("A size."));
    }

    static final class Derived extends Base {
        public static final Options OPTIONS = Options.of(
                Option.string("path").defaultTo("derived").doc("A path."),
                Option.string("old_size").defaultTo("x").doc("Takes the alias of its base."));
    }

    static final class Plain extends Base {}

    static final class Broken {
        public final Options OPTIONS = Options.of();
    }

    @Test
    void subclassBeatsBase() {
        Options options = Options.of(Derived.class);
        assertThat(options.all()).extracting(Option::name).containsExactly("path", "size", "old_size");
        assertThat(options.find("PATH").orElseThrow().defaultText()).hasValue("derived");
        assertThat(options.find("old_size").orElseThrow().name()).isEqualTo("old_size");
        assertThat(Options.of(Plain.class).find("old_size").orElseThrow().name())
                .isEqualTo("size");
        assertThat(Options.of(Object.class).all()).isEmpty();
    }

    @Test
    void fieldMustBeStatic() {
        assertThatThrownBy(() -> Options.of(Broken.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("Broken.OPTIONS must be public, static and final");
    }

    @Test
    void declarationsThatContradictThemselvesFailAtOnce() {
        refused(() -> Options.of(Option.string("x")), "option 'x' must have a doc");
        refused(
                () -> Options.of(Option.string("x").doc("d"), Option.string("X").doc("d")),
                "option 'x' is declared twice");
        refused(
                () -> Options.of(
                        Option.string("x").doc("d"),
                        Option.string("y").alias("x").doc("d")),
                "alias 'x' of option 'y' is declared twice");
        refused(
                () -> Option.integer("x").between(1, 5).defaultTo(6),
                "the default of option 'x' must be between 1 and 5, was '6'");
        refused(
                () -> Option.integer("x").defaultTo(6).between(1, 5),
                "the default of option 'x' must be between 1 and 5, was '6'");
        refused(
                () -> Option.duration("x").atLeast(Duration.ofSeconds(1)).defaultTo("10ms"),
                "the default of option 'x' must be at least 1s, was '10ms'");
        refused(
                () -> Option.choice("x", "a", "b").defaultTo("c"),
                "the default of option 'x' must be one of a, b, was 'c'");
        refused(() -> Option.choice("x"), "option 'x' must have a choice");
        refused(() -> Option.string("x").atLeast(1), "a text has no bounds");
        refused(() -> Option.integer("x").between(5, 1), "bounds must be in order, were 5 and 1");
        refused(() -> Option.string("x").defaultTo("d").required(), "option 'x' is required and has a default");
        refused(() -> Option.string(" "), "the name of an option must be a word, was ' '");
    }

    private static void refused(ThrowingCallable declaration, String message) {
        assertThatThrownBy(declaration)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void negativeDurationsMustBeAllowed() {
        assertThatThrownBy(() -> Option.duration("x").defaultTo("-1s")).hasMessageContaining("was '-1s'");
        Option allowed = Option.duration("x").atLeast(Duration.ofSeconds(-1)).defaultTo(Duration.ofSeconds(-1));
        assertThat(allowed.defaultText()).hasValue("-1s");
    }

    @Test
    void defaultsHaveTheSpellingOfTheFile() {
        assertThat(Option.duration("x").defaultTo(Duration.ofMillis(100)).defaultText())
                .hasValue("100ms");
        assertThat(Option.duration("x").defaultTo(Duration.ofMinutes(2)).defaultText())
                .hasValue("120s");
        assertThat(Option.duration("x").defaultTo(Duration.ofMillis(1500)).defaultText())
                .hasValue("1.5s");
        assertThat(Option.duration("x").defaultTo(Duration.ZERO).defaultText()).hasValue("0s");
        assertThat(Option.number("x").defaultTo(0.5).defaultText()).hasValue("0.5");
        assertThat(Option.bool("x").defaultTo(true).defaultText()).hasValue("true");
    }
}
