package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class ProcessorsTest {

    @TempDir
    Path directory;

    private TestApp app;

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
    }

    @AfterEach
    void close() {
        app.close();
    }

    /** A pipeline of one stage between three numbers and a list. */
    private static final class Numbers extends Pipeline {

        private final List<Object> seen = new ArrayList<>();

        Numbers(Application app, Function<Pipeline, Stage<?, ?>> stage) {
            super(app, "P");
            build(
                    new IteratorSource<>(app, this, List.of(1, 2, 3)),
                    stage.apply(this),
                    Processors.peek(app, this, "Seen", seen::add),
                    new NullSink(app, this));
        }
    }

    private List<Object> seen(Function<Pipeline, Stage<?, ?>> stage) {
        Numbers pipeline = new Numbers(app, stage);
        app.run(pipeline);
        return pipeline.seen;
    }

    @Test
    void mapTransforms() {
        assertThat(seen(p -> Processors.map(app, p, "Double", (Integer i) -> i * 2)))
                .containsExactly(2, 4, 6);
    }

    @Test
    void mapDropsNull() {
        assertThat(seen(p -> Processors.map(app, p, "Odd", (Integer i) -> i % 2 == 0 ? null : i)))
                .containsExactly(1, 3);
    }

    @Test
    void filterLetsPassWhatHolds() {
        assertThat(seen(p -> Processors.filter(app, p, "Large", (Integer i) -> i > 1)))
                .containsExactly(2, 3);
    }

    @Test
    void peekLetsEverythingPass() {
        List<Integer> peeked = new ArrayList<>();
        assertThat(seen(p -> Processors.peek(app, p, "Look", (Integer i) -> peeked.add(i))))
                .containsExactly(1, 2, 3);
        assertThat(peeked).containsExactly(1, 2, 3);
    }

    @Test
    void flatMapMakesManyOfOne() {
        assertThat(seen(p -> Processors.flatMap(app, p, "Range", (Integer i) -> Flux.range(0, i))))
                .containsExactly(0, 0, 1, 0, 1, 2);
        assertThat(seen(p -> Processors.flatMap(app, p, "None", (Integer i) -> null)))
                .isEmpty();
    }

    @Test
    void flatMapIterableMakesManyOfOne() {
        assertThat(seen(p -> Processors.flatMapIterable(app, p, "Twice", (Integer i) -> List.of(i, -i))))
                .containsExactly(1, -1, 2, -2, 3, -3);
        assertThat(seen(p -> Processors.flatMapIterable(app, p, "None", (Integer i) -> null)))
                .isEmpty();
    }

    @Test
    void mapAsyncKeepsTheOrder() {
        assertThat(seen(p -> Processors.mapAsync(
                        app, p, "Later", (Integer i) -> Mono.just(i * 10).subscribeOn(app.blocking()))))
                .containsExactly(10, 20, 30);
        assertThat(seen(p -> Processors.mapAsync(app, p, "None", (Integer i) -> i == 2 ? null : Mono.just(i))))
                .containsExactly(1, 3);
    }

    @Test
    void whatAFunctionThrowsGoesTheErrorPolicysWay() {
        List<Function<Pipeline, Stage<?, ?>>> failing = List.of(
                p -> Processors.map(app, p, "Failing", ProcessorsTest::fail),
                p -> Processors.filter(app, p, "Failing", i -> fail(i) != null),
                p -> Processors.peek(app, p, "Failing", ProcessorsTest::fail),
                p -> Processors.flatMap(app, p, "Failing", i -> Flux.just(fail(i))),
                p -> Processors.flatMapIterable(app, p, "Failing", i -> List.of(fail(i))),
                p -> Processors.mapAsync(app, p, "Failing", i -> Mono.just(fail(i))));
        for (Function<Pipeline, Stage<?, ?>> stage : failing) {
            Numbers pipeline = new Numbers(app, stage);
            app.begin(pipeline);
            org.awaitility.Awaitility.await().until(pipeline::isError);
            PipelineError error = pipeline.error().orElseThrow();
            assertThat(error.stage()).isEqualTo("Failing");
            assertThat(error.error()).isInstanceOf(IOException.class).hasMessage("no 1 today");
            app.end(pipeline);
        }
    }

    private static Object fail(Object event) throws IOException {
        throw new IOException("no " + event + " today");
    }

    @Test
    void buildChecksTheTypesThatAreGiven() {
        List<Function<Pipeline, Stage<?, ?>>> texts = List.of(
                p -> Processors.map(app, p, "Trim", String.class, String.class, String::trim),
                p -> Processors.filter(app, p, "Trim", String.class, String::isEmpty),
                p -> Processors.peek(app, p, "Trim", String.class, text -> {}),
                p -> Processors.flatMap(app, p, "Trim", String.class, String.class, Flux::just),
                p -> Processors.flatMapIterable(app, p, "Trim", String.class, String.class, List::of),
                p -> Processors.mapAsync(app, p, "Trim", String.class, String.class, Mono::just));
        for (Function<Pipeline, Stage<?, ?>> stage : texts) {
            assertThatThrownBy(() -> new Typed(app, stage))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[pipeline:P] does not fit together: P.Length gives Integer, P.Trim takes String");
        }
    }

    private static final class Typed extends Pipeline {
        Typed(Application app, Function<Pipeline, Stage<?, ?>> stage) {
            super(app, "P");
            build(
                    new IteratorSource<>(app, this, List.of("a")),
                    Processors.map(app, this, "Length", String.class, Integer.class, String::length),
                    stage.apply(this),
                    new NullSink(app, this));
        }
    }

    @Test
    void anIdAndAFunctionAreNeeded() {
        Function<Pipeline, Stage<?, ?>> noId = p -> Processors.map(app, p, nothing(), i -> i);
        assertThatThrownBy(() -> new Numbers(app, noId))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("id");
        Function<Pipeline, Stage<?, ?>> noFunction =
                p -> Processors.map(app, p, "M", ProcessorsTest.<Processors.Function<Object, Object>>nothing());
        assertThatThrownBy(() -> new Numbers(app, noFunction))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("function");
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }
}
