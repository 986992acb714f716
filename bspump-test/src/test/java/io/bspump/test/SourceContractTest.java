package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Partition;
import io.bspump.Pipeline;
import io.bspump.Settlement;
import io.bspump.Source;
import io.bspump.source.IteratorSource;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class SourceContractTest {

    /** The system: numbers from 0 on, and the position up to which they were read. */
    private static final class Log {
        int count;
        final AtomicInteger position = new AtomicInteger();
    }

    private static final class Numbered extends Emission<Integer> {
        final int next;

        Numbered(Partition partition, int number) {
            super(partition, number);
            this.next = number + 1;
        }
    }

    /** Reads the log in one partition and moves the position as events settle. */
    private static class LogSource extends Source<Integer> {
        final Log log;

        LogSource(Application app, Pipeline pipeline, Log log) {
            super(app, pipeline, "Tested", Map.of());
            this.log = log;
        }

        Flux<Integer> numbers() {
            int from = log.position.get();
            return Flux.range(from, log.count - from);
        }

        @Override
        protected Flux<? extends Emission<Integer>> events() {
            return Flux.defer(() -> {
                Partition partition = new Partition();
                return numbers().map(number -> new Numbered(partition, number));
            });
        }

        @Override
        protected void settled(Emission<?> emission, Settlement how) {
            log.position.set(((Numbered) emission).next);
        }
    }

    abstract static class OfLog extends SourceContract {
        final Log log = new Log();

        @Override
        protected void prepare(int count) {
            log.count = count;
            log.position.set(0);
        }
    }

    @Nested
    class OneWithAPosition extends OfLog {
        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new LogSource(app, pipeline, log);
        }
    }

    @Nested
    class OneWithAThreadOfItsOwn extends OfLog {
        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new LogSource(app, pipeline, log) {
                @Override
                Flux<Integer> numbers() {
                    return super.numbers().publishOn(Schedulers.parallel(), 1);
                }
            };
        }
    }

    @Nested
    class AnIteratorSource extends OfLog {
        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new IteratorSource<>(
                    app, pipeline, () -> IntStream.range(0, log.count).iterator());
        }
    }

    private interface BrokenSource {
        Source<?> create(Log log, Application app, Pipeline pipeline);
    }

    /** The broken one of the moment; run by the launcher, not by itself. */
    static final class Broken extends OfLog {
        static BrokenSource source;

        @Override
        protected Duration patience() {
            return Duration.ofMillis(700);
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return source.create(log, app, pipeline);
        }
    }

    private static Map<String, String> failures(BrokenSource source) {
        Broken.source = source;
        return ContractRunner.failures(Broken.class);
    }

    @Test
    void findsOneThatEmitsTwice() {
        assertThat(failures((log, app, pipeline) -> new LogSource(app, pipeline, log) {
                    @Override
                    Flux<Integer> numbers() {
                        return super.numbers().concatMap(n -> n == 5 ? Flux.just(n, n) : Flux.just(n));
                    }
                }))
                .containsKey("emits every event once, and each settles");
    }

    @Test
    void findsOneThatSkipsWhatNobodyAsksFor() {
        assertThat(failures((log, app, pipeline) -> new LogSource(app, pipeline, log) {
                    @Override
                    Flux<Integer> numbers() {
                        return super.numbers().onBackpressureDrop();
                    }
                }))
                .containsKey("emits the same on a demand of one as on any, and in the same order");
    }

    @Test
    void findsOneThatDoesNotHeedDemand() {
        assertThat(failures((log, app, pipeline) -> new LogSource(app, pipeline, log) {
                    @Override
                    Flux<Integer> numbers() {
                        int from = log.position.get();
                        return Flux.create(
                                sink -> IntStream.range(from, log.count).forEach(sink::next),
                                FluxSink.OverflowStrategy.IGNORE);
                    }
                }))
                .hasEntrySatisfying("never emits more than it is asked for", message -> assertThat(message)
                        .contains("[pipeline:Contract:Tested] emitted more than it was asked for"));
    }

    @Test
    void findsOneThatDoesNotHeedCancel() {
        assertThat(failures((log, app, pipeline) -> new LogSource(app, pipeline, log) {
                    @Override
                    protected Flux<? extends Emission<Integer>> events() {
                        Partition partition = new Partition();
                        int from = log.position.get();
                        return new Flux<>() {
                            @Override
                            public void subscribe(reactor.core.CoreSubscriber<? super Emission<Integer>> actual) {
                                AtomicInteger next = new AtomicInteger(from);
                                actual.onSubscribe(reactor.core.publisher.Operators.emptySubscription());
                                emit(actual, next);
                            }

                            private void emit(
                                    reactor.core.CoreSubscriber<? super Emission<Integer>> actual, AtomicInteger next) {
                                if (next.get() < log.count) {
                                    actual.onNext(new Numbered(partition, next.getAndIncrement()));
                                    Disposable later = Schedulers.parallel()
                                            .schedule(() -> emit(actual, next), 3, TimeUnit.MILLISECONDS);
                                    assertThat(later).isNotNull();
                                }
                            }
                        };
                    }
                }))
                .containsKey("emits nothing after it was cancelled");
    }

    @Test
    void findsOneThatMovesItsPositionWhenItEmits() {
        assertThat(failures((log, app, pipeline) -> new LogSource(app, pipeline, log) {
                    @Override
                    Flux<Integer> numbers() {
                        return super.numbers().doOnNext(n -> log.position.set(n + 1));
                    }

                    @Override
                    protected void settled(Emission<?> emission, Settlement how) {
                        assertThat(emission).isNotNull();
                    }
                }))
                .containsKey("loses nothing over a restart with events in flight")
                .containsKey("moves its position only over settled events without a gap")
                .containsKey("does not move its position over an event that failed");
    }

    @Test
    void findsOneThatMovesItsPositionOverGaps() {
        assertThat(failures((log, app, pipeline) -> new LogSource(app, pipeline, log) {
                    @Override
                    protected Flux<? extends Emission<Integer>> events() {
                        return Flux.defer(() -> numbers().map(number -> new Numbered(null, number)));
                    }

                    @Override
                    protected void settled(Emission<?> emission, Settlement how) {
                        if (how != Settlement.FAILED) {
                            super.settled(emission, how);
                        }
                    }
                }))
                .containsOnlyKeys("moves its position only over settled events without a gap");
    }

    @Test
    void findsOneThatMovesItsPositionOverFailures() {
        assertThat(failures((log, app, pipeline) -> new LogSource(app, pipeline, log) {
                    @Override
                    protected Flux<? extends Emission<Integer>> events() {
                        return Flux.defer(() -> numbers().map(number -> new Numbered(null, number)));
                    }
                }))
                .containsKey("does not move its position over an event that failed");
    }

    @Test
    void findsOneThatBlocks() {
        assertThat(failures((log, app, pipeline) -> new LogSource(app, pipeline, log) {
                    @Override
                    Flux<Integer> numbers() {
                        return super.numbers()
                                .concatMap(n -> Mono.fromCallable(() -> {
                                    boolean counted = new CountDownLatch(1).await(10, TimeUnit.MILLISECONDS);
                                    return counted ? -1 : n;
                                }));
                    }
                }))
                .containsKey("does not block the lane");
    }

    @Test
    void findsOneWhoseStopNeverEnds() {
        assertThat(failures((log, app, pipeline) -> new LogSource(app, pipeline, log) {
                    @Override
                    protected Mono<Void> stop() {
                        return Mono.never();
                    }
                }))
                .containsKey("can be stopped while the pipeline starts")
                .containsKey("emits nothing after it was cancelled");
    }

    @Test
    void findsOneThatCannotStartAgain() {
        assertThat(failures((log, app, pipeline) -> new LogSource(app, pipeline, log) {
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
}
