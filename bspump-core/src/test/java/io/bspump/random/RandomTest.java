package io.bspump.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Context;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomTest {

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

    private List<Object> emitted(Map<String, ?> config) {
        return new RandomSource(app, pipeline, "R", config)
                .cycle()
                .map(Emission::event)
                .collectList()
                .block();
    }

    @Test
    void emitsNumbersWithinTheBounds() {
        List<Object> events = emitted(Map.of("number", 2000, "lower_bound", -2, "upper_bound", 2));
        assertThat(events).hasSize(2000).contains(-2, -1, 0, 1, 2).allMatch(n -> Math.abs((Integer) n) <= 2);
        assertThat(emitted(Map.of())).hasSize(1000).allMatch(n -> (Integer) n >= 0 && (Integer) n <= 1000);
        assertThat(emitted(Map.of("lower_bound", Integer.MIN_VALUE, "upper_bound", Integer.MAX_VALUE)))
                .hasSize(1000);
        assertThat(emitted(Map.of("number", 0))).isEmpty();
    }

    @Test
    void emitsOneOfSeveralTextsInAField() {
        assertThat(emitted(Map.of("choice", "a, b", "field", "f")))
                .contains(Map.of("f", "a"), Map.of("f", "b"))
                .allMatch(event -> event.equals(Map.of("f", "a")) || event.equals(Map.of("f", "b")));
    }

    @Test
    void emitsTheSameForTheSameSeed() {
        assertThat(emitted(Map.of("seed", 7)))
                .isEqualTo(emitted(Map.of("seed", 7)))
                .isNotEqualTo(emitted(Map.of("seed", 8)));
        assertThat(emitted(Map.of())).isNotEqualTo(emitted(Map.of()));
        assertThat(emitted(Map.of("seed", Long.MIN_VALUE))).hasSize(1000);
    }

    @Test
    void boundsMustNotContradictEachOther() {
        assertThatThrownBy(() -> emitted(Map.of("lower_bound", 5, "upper_bound", 4)))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("[pipeline:P:R] upper_bound must not be below lower_bound, 5, was '4'");
    }

    @Test
    void setsAFieldToARandomValue() {
        RandomEnricher enricher =
                new RandomEnricher(app, pipeline, "E", Map.of("lower_bound", 7, "upper_bound", 7, "field", "f"));
        Map<String, Object> event = new HashMap<>(Map.of("a", 1, "f", "old"));
        assertThat(enricher.process(new Context(), event)).isSameAs(event).isEqualTo(Map.of("a", 1, "f", 7));
        assertThatThrownBy(() -> enricher.process(new Context(), 1))
                .hasMessage("the event must be a map, was a java.lang.Integer");
    }

    @Test
    void dropsTheShareThatIsWanted() {
        assertThat(passed("0")).isEqualTo(10_000);
        assertThat(passed("1")).isZero();
        assertThat(passed("0.25")).isBetween(7_200, 7_800);
    }

    private int passed(String threshold) {
        RandomDrop drop = new RandomDrop(app, pipeline, "D", Map.of("threshold", threshold, "seed", 1));
        int passed = 0;
        for (int i = 0; i < 10_000; i++) {
            passed += drop.process(new Context(), i) == null ? 0 : 1;
        }
        return passed;
    }
}
