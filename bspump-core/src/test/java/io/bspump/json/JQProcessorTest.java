package io.bspump.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JQProcessorTest {

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

    private @Nullable Object run(String query, Object event) {
        return new JQProcessor(app, pipeline, query).process(new Context(), event);
    }

    @Test
    void anEventIsTransformed() {
        Map<String, Object> event = new HashMap<>(Map.of("a", 1, "b", List.of(1, 2, Map.of("c", "x"))));
        assertThat(run("{sum: (.a + .b[1]), c: .b[2].c}", event)).isEqualTo(Map.of("sum", 3, "c", "x"));
        assertThat(run(".", event)).isEqualTo(event);
        assertThat(run(".b | length", event)).isEqualTo(3);
    }

    @Test
    void valuesKeepTheirKind() {
        Map<String, @Nullable Object> event = new LinkedHashMap<>();
        event.put("int", 1);
        event.put("long", 1L << 40);
        event.put("big", BigInteger.TWO.pow(80));
        event.put("double", 1.5);
        event.put("truth", true);
        event.put("nothing", null);
        event.put("text", "ž");
        event.put("list", new ArrayList<>(Arrays.asList(1, null)));
        assertThat(run(".", event)).isEqualTo(event);
        assertThat(run(".", Map.of("t", Instant.EPOCH))).isEqualTo(Map.of("t", "1970-01-01T00:00:00Z"));
    }

    @Test
    void whatComesOutCanBeChanged() {
        @SuppressWarnings("unchecked")
        Map<String, Object> out = (Map<String, Object>) run("{l: [1]}", Map.of());
        out.put("x", 1);
        @SuppressWarnings("unchecked")
        List<Object> list = (List<Object>) out.get("l");
        list.add(2);
        assertThat(out).isEqualTo(Map.of("l", List.of(1, 2), "x", 1));
    }

    @Test
    void theFirstResultCounts() {
        assertThat(run(".[]", List.of(7, 8))).isEqualTo(7);
        assertThat(run("def f: .[1]; f, 3", List.of(7, 8))).isEqualTo(8);
        assertThat(run("1, error(\"not asked for\")", 0)).isEqualTo(1);
        assertThat(run("range(1; infinite)", 0)).isEqualTo(1);
        assertThat(run(". # the event", 9)).isEqualTo(9);
    }

    @Test
    void noResultAndNullDrop() {
        assertThat(run("empty", 1)).isNull();
        assertThat(run(".[] | select(. > 9)", List.of(1, 2))).isNull();
        assertThat(run(".x", Map.of())).isNull();
    }

    @Test
    void aProgramThatFailsIsAnError() {
        assertThatThrownBy(() -> run(".a + 1", Map.of("a", "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the query fails: ");
        assertThatThrownBy(() -> run(".a + 1", Map.of("a", "hidden".repeat(1000))))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
        assertThat(run("try error(\"x\") catch .", 1)).isEqualTo("x");
    }

    @Test
    void aFunctionThatDoesNotExistFailsTheEvent() {
        assertThatThrownBy(() -> run("nosuch(1)", 1)).hasMessage("the query fails: Function nosuch/1 does not exist");
    }

    @Test
    void aProgramThatIsNoneIsRefused() {
        assertThatThrownBy(() -> run("{a", 1))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("[pipeline:P:JQProcessor] query must be a program of jq (");
        assertThatThrownBy(() -> run(") | (.", 1)).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> new JQProcessor(app, pipeline))
                .hasMessageStartingWith("[pipeline:P:JQProcessor] query is required");
    }

    @Test
    void theProgramMayStandInTheConfiguration() {
        JQProcessor processor = new JQProcessor(app, pipeline, ".a", "J", Map.of("query", ".b"));
        assertThat(processor.process(new Context(), Map.of("a", 1, "b", 2))).isEqualTo(2);
    }

    @Test
    void aBottomlessEventIsAnErrorAndNoStackOverflow() {
        Map<String, Object> event = new HashMap<>();
        event.put("self", event);
        assertThatThrownBy(() -> run(".", event)).hasMessage("the event must not be deeper than 1000 maps and lists");
    }

    @Test
    void theRegularExpressionsOfJqDoNotBlockTheLane() {
        JQProcessor processor = new JQProcessor(app, pipeline, "{y: (.x | test(\"^[[:alpha:]]\\\\p{L}+$\"; \"ix\"))}");
        Object out = reactor.core.publisher.Mono.fromCallable(
                        () -> processor.process(new Context(), Map.of("x", "Žluť")))
                .subscribeOn(reactor.core.scheduler.Schedulers.parallel())
                .block(Duration.ofMinutes(1));
        assertThat(out).isEqualTo(Map.of("y", true));
    }
}
