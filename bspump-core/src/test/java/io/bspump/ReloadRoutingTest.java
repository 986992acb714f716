package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.routing.InternalSource;
import io.bspump.routing.RouterSink;
import io.bspump.routing.TeeProcessor;
import io.bspump.routing.TeeSource;
import io.bspump.sink.NullSink;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Numbered events on their way through pipelines of which some are rebuilt while they run. */
@Timeout(120)
class ReloadRoutingTest extends ReloadFixture {

    private static final int REBUILDS = 10;

    /** What is remembered of a source between its lives: the numbers below have been delivered. */
    private final AtomicLong position = new AtomicLong();

    private final Queue<Long> arrived = new ConcurrentLinkedQueue<>();

    /** Emits numbers from the position on, for ever. */
    private static final class Numbers extends Source<Long> {
        private final AtomicLong position;

        Numbers(Application app, Pipeline pipeline, AtomicLong position) {
            super(app, pipeline, "Numbers", Map.of());
            this.position = position;
        }

        private static final class Numbered extends Emission<Long> {
            Numbered(Partition partition, long number) {
                super(partition, number);
                this.number = number;
            }

            private final long number;
        }

        @Override
        protected Flux<Emission<Long>> events() {
            Partition partition = new Partition();
            return Flux.generate(position::get, (next, sink) -> {
                sink.next(new Numbered(partition, next));
                return next + 1;
            });
        }

        @Override
        protected void settled(Emission<?> emission, Settlement how) {
            if (how != Settlement.FAILED) {
                position.set(((Numbered) emission).number + 1);
            }
        }
    }

    /** Notes what arrives, a little later. */
    static final class Arrivals extends Sink<Object> {
        public static final Options OPTIONS =
                Options.of(Option.integer("x").defaultTo(0).doc("For nothing."));

        private final Queue<Long> arrived;

        Arrivals(Application app, Pipeline pipeline, Queue<Long> arrived) {
            super(app, pipeline, "Arrivals", Map.of("concurrency", 16));
            this.arrived = arrived;
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            return Mono.delay(Duration.ofMillis(1)).then(Mono.fromRunnable(() -> arrived.add((Long) event)));
        }
    }

    private final class Feeding extends Pipeline {
        Feeding(Application app, String id, boolean tee, String onTargetError) {
            super(app, id, Map.of("max_in_flight", 100));
            Map<String, String> routing = Map.of("on_target_error", onTargetError);
            if (tee) {
                build(
                        new Numbers(app, this, position),
                        new TeeProcessor<>(app, this, "Tee", routing),
                        new NullSink(app, this));
            } else {
                build(
                        new Numbers(app, this, position),
                        new RouterSink<>(
                                app, this, "Router", Map.of("default", "B", "on_target_error", onTargetError)));
            }
        }
    }

    private final class Fed extends Pipeline {
        Fed(Application app, String id, boolean tee) {
            super(app, id);
            build(
                    tee ? new TeeSource<>(app, this).bind("A.Tee") : new InternalSource<>(app, this),
                    new Arrivals(app, this, arrived));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"B", "A", "both"})
    void aRouterGoesOnWithTheOneInThePlace(String which) throws Exception {
        rebuild(false, which, "wait");
    }

    @ParameterizedTest
    @ValueSource(strings = {"B", "A", "both"})
    void aTeeGoesOnWithTheOneInThePlace(String which) throws Exception {
        rebuild(true, which, "wait");
    }

    @Test
    void whoFailsWhenItsTargetIsGoneWaitsForOneThatIsRebuilt() throws Exception {
        rebuild(false, "B", "error");
    }

    private void rebuild(boolean tee, String which, String onTargetError) throws Exception {
        write("");
        Application app = application();
        PumpService pumps = app.pumpService();
        pumps.addPipeline("B", (a, id) -> new Fed(a, id, tee));
        pumps.addPipeline("A", (a, id) -> new Feeding(a, id, tee, onTargetError));
        start(app);
        for (int i = 1; i <= REBUILDS; i++) {
            int seen = arrived.size();
            until(() -> arrived.size() > seen + 50);
            Pipeline a = pumps.pipelines().get(1);
            write(
                    which.equals("both")
                            ? "[pipeline:A]\nretry_attempts = " + i + "\n[pipeline:B]\nretry_attempts = " + i + "\n"
                            : "[pipeline:" + which + "]\nretry_attempts = " + i + "\n");
            ReloadReport report = reload();
            assertThat(items(report)).hasSize(which.equals("both") ? 2 : 1).allMatch(item -> item.endsWith("rebuilt"));
            assertThat(pumps.pipelines().get(1) == a).isEqualTo(which.equals("B"));
        }
        int seen = arrived.size();
        until(() -> arrived.size() > seen + 50);
        assertThat(pumps.pipelines()).allMatch(each -> each.state() == PipelineState.RUNNING);
        assertThat(stop()).isZero();
        long delivered = position.get();
        assertThat(arrived.stream().filter(number -> number < delivered).distinct())
                .hasSize((int) delivered);
        assertThat(arrived).containsAll(() -> LongStream.range(0, delivered).iterator());
        assertThat(arrived).doesNotHaveDuplicates();
    }
}
