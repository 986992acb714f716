package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.AsyncProcessor;
import io.bspump.BlockingProcessor;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

class ProcessorContractTest {

    /** What the samples are: an object that a careless processor can change. */
    private static final class Reading {
        private final String name;
        private int value;

        Reading(String name, int value) {
            this.name = name;
            this.value = value;
        }

        @Override
        public String toString() {
            return name + "=" + value;
        }
    }

    private static List<Reading> readings() {
        List<Reading> readings = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            readings.add(new Reading("r" + i, i));
        }
        return readings;
    }

    private interface Body {
        Object process(Context context, Reading event) throws Exception;
    }

    private static Processor<Reading, Object> processor(Application app, Pipeline pipeline, Body body) {
        return new Processor<>(app, pipeline, "Tested", Map.of()) {
            @Override
            protected Object process(Context context, Reading event) throws Exception {
                return body.process(context, event);
            }
        };
    }

    private interface AsyncBody {
        Mono<?> process(Context context, Reading event);
    }

    private static AsyncProcessor<Reading, Object> async(
            Application app, Pipeline pipeline, Map<String, ?> config, AsyncBody body) {
        return new AsyncProcessor<>(app, pipeline, "Tested", config) {
            @Override
            protected Mono<?> process(Context context, Reading event) {
                return body.process(context, event);
            }
        };
    }

    abstract static class OfReadings extends ProcessorContract {
        @Override
        protected List<?> events() {
            return readings();
        }
    }

    @Nested
    class ASynchronousOne extends OfReadings {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return processor(app, pipeline, (context, event) -> {
                context.put("name", event.name);
                return event.value % 3 == 0 ? null : new Reading(event.name, event.value * 2);
            });
        }
    }

    @Nested
    class AnAsynchronousOneWithThreadsOfItsOwn extends OfReadings {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return async(app, pipeline, Map.of(), (context, event) -> Mono.just(event.toString())
                    .delayElement(Duration.ofMillis(event.value % 5), Schedulers.parallel()));
        }
    }

    @Nested
    class AnUnorderedOne extends OfReadings {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return async(app, pipeline, Map.of("ordered", "no"), (context, event) -> Mono.just(event.toString())
                    .delayElement(Duration.ofMillis(20 - event.value), Schedulers.parallel()));
        }

        @Override
        protected boolean keepsOrder() {
            return false;
        }
    }

    @Nested
    class ABlockingOne extends OfReadings {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new BlockingProcessor<Reading, String>(app, pipeline) {
                @Override
                protected String processBlocking(Context context, Reading event) throws Exception {
                    return new CountDownLatch(1).await(1, TimeUnit.MILLISECONDS) ? null : event.toString();
                }
            };
        }
    }

    @Nested
    class OneThatIsConfigured extends OfReadings {
        @Override
        protected String configuration() {
            return "[pipeline:Contract:Tested]\nconcurrency = 2\n";
        }

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            AtomicInteger running = new AtomicInteger();
            return async(app, pipeline, Map.of(), (context, event) -> {
                if (running.incrementAndGet() > 2) {
                    return Mono.error(new IllegalStateException("more than 2 at a time"));
                }
                return Mono.just(event)
                        .delayElement(Duration.ofMillis(1), Schedulers.parallel())
                        .doOnTerminate(running::decrementAndGet);
            });
        }
    }

    /** The broken one of the moment; run by the launcher, not by itself. */
    static final class Broken extends OfReadings {
        static BiFunction<Application, Pipeline, Stage<?, ?>> factory = (app, pipeline) -> {
            throw new IllegalStateException("nothing is being tested");
        };

        @Override
        protected Duration patience() {
            return Duration.ofMillis(500);
        }

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return factory.apply(app, pipeline);
        }
    }

    private static Map<String, String> failures(BiFunction<Application, Pipeline, Stage<?, ?>> factory) {
        Broken.factory = factory;
        return ContractRunner.failures(Broken.class);
    }

    @Test
    void findsOneThatFails() {
        assertThat(failures((app, pipeline) -> processor(app, pipeline, (context, event) -> {
                    throw new IllegalStateException("never");
                })))
                .hasEntrySatisfying("takes every sample event, and each settles once", message -> assertThat(message)
                        .startsWith("no sample event must fail\n[pipeline:Contract] ERROR, Tested: "
                                + "java.lang.IllegalStateException: never"));
    }

    @Test
    void findsOneThatNeverAnswers() {
        assertThat(failures((app, pipeline) -> async(app, pipeline, Map.of(), (context, event) -> Mono.never())))
                .hasEntrySatisfying("takes every sample event, and each settles once", message -> assertThat(message)
                        .startsWith("every event must settle\n[pipeline:Contract] RUNNING"))
                .containsKey("drains when it is stopped with events in flight");
    }

    @Test
    void findsOneThatCannotDoSeveralAtATime() {
        assertThat(failures((app, pipeline) -> {
                    Set<Reading> running = new HashSet<>();
                    return async(app, pipeline, Map.of(), (context, event) -> {
                        running.add(event);
                        boolean alone = running.size() == 1;
                        return Mono.delay(Duration.ofMillis(5))
                                .doOnTerminate(() -> running.remove(event))
                                .then(alone ? Mono.just(event) : Mono.empty());
                    });
                }))
                .containsKey("makes the same of events one at a time as all at once");
    }

    @Test
    void findsOneThatOvertakes() {
        assertThat(failures((app, pipeline) ->
                        async(app, pipeline, Map.of("ordered", "no"), (context, event) -> Mono.just(event)
                                .delayElement(Duration.ofMillis(event.value % 2 == 0 ? 8 : 1)))))
                .containsOnlyKeys("keeps the order");
    }

    @Test
    void findsOneThatCannotTakeTheSameObjectAgain() {
        assertThat(failures((app, pipeline) -> processor(app, pipeline, (context, event) -> {
                    event.value++;
                    return event;
                })))
                .containsOnlyKeys("makes the same of the same event object again, as a retry does");
    }

    @Test
    void findsOneThatClearsTheContext() {
        assertThat(failures((app, pipeline) -> processor(app, pipeline, (context, event) -> {
                    List.copyOf(context.asMap().keySet()).forEach(context::remove);
                    return event;
                })))
                .containsOnlyKeys("leaves the values of others in the context");
    }

    @Test
    void findsOneThatKeepsAnEventUntilTheNextOneComes() {
        assertThat(failures((app, pipeline) -> {
                    List<Sinks.One<Reading>> kept = new ArrayList<>();
                    return async(app, pipeline, Map.of(), (context, event) -> {
                        Sinks.One<Reading> end = Sinks.one();
                        kept.forEach(one -> one.tryEmitValue(event));
                        kept.clear();
                        kept.add(end);
                        return end.asMono();
                    });
                }))
                .containsKey("drains when it is stopped with events in flight");
    }

    @Test
    void findsOneThatWaitsForADemandThatMayNotCome() {
        assertThat(failures((app, pipeline) -> {
                    AtomicInteger calls = new AtomicInteger();
                    return async(app, pipeline, Map.of("concurrency", 3), (context, event) -> {
                        int call = calls.incrementAndGet();
                        // The fourth is only asked for when the sink has taken the first.
                        return Mono.just(event)
                                .delayElement(Duration.ofMillis(5), app.blocking())
                                .filter(e -> call + 2 <= calls.get() || call > 17);
                    });
                }))
                .containsKey("loses nothing to a slow sink and a demand of one");
    }

    @Test
    void findsOneWhoseStopNeverEnds() {
        assertThat(failures((app, pipeline) -> new LifeCycle(app, pipeline) {
                    @Override
                    protected Mono<Void> stop() {
                        return Mono.never();
                    }
                }))
                .containsKey("releases what it holds when the drain is cut");
    }

    @Test
    void findsOneWhoseStopWaitsForItsStart() {
        assertThat(failures((app, pipeline) -> new LifeCycle(app, pipeline) {
                    private final Sinks.Empty<Void> started = Sinks.empty();

                    @Override
                    protected Mono<Void> start() {
                        return Mono.delay(Duration.ofMillis(20)).then(Mono.fromRunnable(started::tryEmitEmpty));
                    }

                    @Override
                    protected Mono<Void> stop() {
                        return started.asMono();
                    }
                }))
                .containsKey("can be stopped while the pipeline starts");
    }

    @Test
    void findsOneThatCannotStartAgain() {
        assertThat(failures((app, pipeline) -> new LifeCycle(app, pipeline) {
                    private boolean started;

                    @Override
                    protected Mono<Void> start() {
                        return Mono.fromRunnable(() -> {
                            if (started) {
                                throw new IllegalStateException("already started");
                            }
                            started = true;
                        });
                    }
                }))
                .containsOnlyKeys("starts again when a start of the pipeline has failed");
    }

    @Test
    void findsOneThatBlocksWithReactor() {
        assertThat(failures((app, pipeline) -> processor(app, pipeline, (context, event) -> Mono.just(event)
                        .delayElement(Duration.ofMillis(1))
                        .block())))
                .hasSize(1)
                .hasEntrySatisfying("does not block the lane", message -> assertThat(message)
                        .startsWith("must work on a lane, where blocking is an error")
                        .contains("block()/blockFirst()/blockLast() are blocking"));
    }

    @Test
    void findsOneThatWaitsForAnotherThread() {
        assertThat(failures((app, pipeline) -> processor(app, pipeline, (context, event) -> {
                    boolean counted = new CountDownLatch(1).await(10, TimeUnit.MILLISECONDS);
                    return counted ? null : event;
                })))
                .hasSize(1)
                .hasEntrySatisfying("does not block the lane", message -> assertThat(message)
                        .startsWith("must not block the lane, but waits at io.bspump.test.ProcessorContractTest."));
    }

    /** Passes events on; what it does beside that is up to a subclass. */
    private abstract static class LifeCycle extends Processor<Reading, Reading> {
        LifeCycle(Application app, Pipeline pipeline) {
            super(app, pipeline, "Tested", Map.of());
        }

        @Override
        protected Reading process(Context context, Reading event) {
            return event;
        }
    }
}
