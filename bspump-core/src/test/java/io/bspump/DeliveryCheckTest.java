package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.TestPump.RecordingSink;
import io.bspump.TestPump.ScriptedSource;
import io.bspump.TestStore.LogSource;
import io.bspump.TestStore.StoreSink;
import io.bspump.aggregation.AggregatingProcessor;
import io.bspump.config.ConfigProblem;
import io.bspump.routing.TeeProcessor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What a pipeline with {@code delivery = exactly_once} must consist of. */
class DeliveryCheckTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final Application app = new Application(time, time) {};
    private final TestStore store = new TestStore();

    private static final class Line extends Pipeline {
        Line(
                Application app,
                BiFunction<Application, Pipeline, Source<?>> source,
                Function<Pipeline, Stage<?, ?>[]> stages) {
            super(app, "P", Map.of("delivery", "exactly_once"));
            build(source.apply(app, this), stages.apply(this));
        }
    }

    private static Source<?> log(Application app, Pipeline pipeline) {
        return new LogSource(app, pipeline, "Log", new HashMap<>());
    }

    private StoreSink sink(Pipeline pipeline, Map<String, ?> config) {
        return new StoreSink(app, pipeline, config, store);
    }

    private List<String> problems(
            BiFunction<Application, Pipeline, Source<?>> source, Function<Pipeline, Stage<?, ?>[]> stages) {
        return new Line(app, source, stages)
                .problems().stream()
                        .map(ConfigProblem::toString)
                        .map(text -> text.replaceFirst(".*exactly_once is not possible: ", "")
                                .replace(" (given in code)", ""))
                        .toList();
    }

    @Test
    void takesASourceThatCanBeReadAgainAndASinkThatKeepsPositions() {
        assertThat(problems(DeliveryCheckTest::log, p -> new Stage<?, ?>[] {sink(p, Map.of())}))
                .isEmpty();
    }

    @Test
    void namesTheSourceThatCannotBeReadAgain() {
        assertThat(new Line(app, ScriptedSource::new, p -> new Stage<?, ?>[] {sink(p, Map.of())}).problems())
                .map(ConfigProblem::toString)
                .containsExactly(
                        "[pipeline:P] delivery exactly_once is not possible: ScriptedSource cannot read again from a"
                                + " position; use at_least_once with a sink that overwrites, such as mode = upsert (given in code)");
    }

    @Test
    void namesTheSinkThatKeepsNoPositions() {
        assertThat(problems(DeliveryCheckTest::log, p -> new Stage<?, ?>[] {new RecordingSink(app, p)}))
                .containsExactly("Sink cannot write positions in one transaction with events; use at_least_once");
    }

    @Test
    void namesWhatTheSinkHasToSay() {
        assertThat(problems(DeliveryCheckTest::log, p -> {
                    StoreSink sink = sink(p, Map.of());
                    sink.obstacle = "Sink keeps positions of files only";
                    return new Stage<?, ?>[] {sink};
                }))
                .containsExactly("Sink keeps positions of files only; use at_least_once");
    }

    @Test
    void takesOneTransactionAfterTheOther() {
        assertThat(problems(
                        DeliveryCheckTest::log, p -> new Stage<?, ?>[] {sink(p, Map.of("max_concurrent_batches", 2))}))
                .containsExactly("Sink has max_concurrent_batches = 2, and positions are written one after the other;"
                        + " set 1; use at_least_once");
    }

    @Test
    void takesNoStageThatSendsEventsElsewhere() {
        assertThat(problems(
                        DeliveryCheckTest::log, p -> new Stage<?, ?>[] {new TeeProcessor<>(app, p), sink(p, Map.of())}))
                .containsExactly("TeeProcessor sends events elsewhere, where no position is written with them;"
                        + " use at_least_once");
    }

    @Test
    void takesNoGroupsThatOverlap() {
        assertThat(problems(DeliveryCheckTest::log, p -> new Stage<?, ?>[] {
                    new AggregatingProcessor<>(app, p, null, Map.of("completion_size", 2, "key", "k")),
                    sink(p, Map.of())
                }))
                .containsExactly("AggregatingProcessor has several groups open at a time, and no position is behind one"
                        + " of them and before the others; use at_least_once");
    }

    @Test
    void takesNoGroupsOfEventsOutOfOrder() {
        assertThat(problems(DeliveryCheckTest::log, p -> new Stage<?, ?>[] {
                    new AsyncProcessor<Object, Object>(app, p, "Async", Map.of("ordered", "no")) {
                        @Override
                        protected Mono<Object> process(Context context, Object event) {
                            return Mono.just(event);
                        }
                    },
                    new AggregatingProcessor<>(app, p, null, Map.of("completion_size", 2)),
                    sink(p, Map.of())
                }))
                .containsExactly("AggregatingProcessor gets events out of order; set ordered = yes before it;"
                        + " use at_least_once");
    }
}
