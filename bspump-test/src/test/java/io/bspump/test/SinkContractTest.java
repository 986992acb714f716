package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.BatchSink;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class SinkContractTest {

    private interface Body {
        Mono<Void> process(Object event) throws Exception;
    }

    private static Sink<Object> sink(Application app, Pipeline pipeline, Map<String, ?> config, Body body) {
        return new Sink<>(app, pipeline, "Tested", config) {
            @Override
            protected Mono<Void> process(Context context, Object event) throws Exception {
                return body.process(event);
            }
        };
    }

    private interface BatchBody {
        Mono<Void> process(Batch<Object> batch);
    }

    private static BatchSink<Object> batches(
            Application app, Pipeline pipeline, Map<String, ?> config, BatchBody body) {
        return new BatchSink<>(app, pipeline, "Tested", config) {
            @Override
            protected Mono<Void> process(Batch<Object> batch) {
                return body.process(batch);
            }
        };
    }

    abstract static class OfWords extends SinkContract {
        final List<Object> far = new CopyOnWriteArrayList<>();

        @Override
        protected List<?> events() {
            return List.of("one", "two", "three", "four", "five");
        }

        @Override
        protected List<?> received() {
            return far;
        }

        Mono<Void> write(Object event) {
            return event.equals("refused")
                    ? Mono.error(new IllegalArgumentException("refused"))
                    : Mono.fromRunnable(() -> far.add(event));
        }
    }

    @Nested
    class OneAtATime extends OfWords {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return sink(app, pipeline, Map.of(), this::write);
        }

        @Override
        protected Object refused() {
            return "refused";
        }
    }

    @Nested
    class WithAThreadOfItsOwn extends OfWords {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return sink(app, pipeline, Map.of(), event -> write(event)
                    .delaySubscription(Duration.ofMillis(3), Schedulers.parallel()));
        }
    }

    @Nested
    class InBatches extends OfWords {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return batches(
                    app,
                    pipeline,
                    Map.of("batch_size", 2, "linger", "10s"),
                    batch -> Mono.fromRunnable(() -> {
                        int refused = batch.indexOf("refused");
                        if (refused >= 0) {
                            batch.fail(refused, new IllegalArgumentException("refused"));
                        } else {
                            far.addAll(batch);
                        }
                    }));
        }

        @Override
        protected Object refused() {
            return "refused";
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(30);
        }
    }

    /** The broken one of the moment; run by the launcher, not by itself. */
    static final class Broken extends OfWords {
        static BiFunction<Broken, Pipeline, BiFunction<Application, Pipeline, Stage<?, ?>>> factory;

        @Override
        protected Duration patience() {
            return Duration.ofMillis(700);
        }

        @Override
        protected Object refused() {
            return "refused";
        }

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return factory.apply(this, pipeline).apply(app, pipeline);
        }
    }

    private interface BrokenSink {
        Stage<?, ?> create(Broken far, Application app, Pipeline pipeline);
    }

    private static Map<String, String> failures(BrokenSink sink) {
        Broken.factory = (far, pipeline) -> (app, same) -> sink.create(far, app, same);
        return ContractRunner.failures(Broken.class);
    }

    @Test
    void findsOneThatConfirmsBeforeItHasDelivered() {
        assertThat(failures((broken, app, pipeline) -> sink(app, pipeline, Map.of(), event -> {
                    if (event.equals("refused")) {
                        return Mono.error(new IllegalArgumentException("refused"));
                    }
                    Schedulers.parallel().schedule(() -> broken.far.add(event), 30, TimeUnit.MILLISECONDS);
                    return Mono.empty();
                })))
                .hasEntrySatisfying("confirms an event only when the far end has it", message -> assertThat(message)
                        .contains("confirmed before they were received")
                        .contains("1 confirmed, 0 received"));
    }

    @Test
    void findsOneThatForgetsAnEvent() {
        assertThat(failures((broken, app, pipeline) -> sink(
                        app, pipeline, Map.of(), event -> event.equals("three") ? Mono.empty() : broken.write(event))))
                .containsKey("delivers every event once")
                .containsKey("confirms an event only when the far end has it");
    }

    @Test
    void findsOneThatDeliversTwice() {
        assertThat(failures((broken, app, pipeline) -> sink(
                        app, pipeline, Map.of(), event -> broken.write(event).then(broken.write(event)))))
                .containsKey("delivers every event once");
    }

    @Test
    void findsOneThatOvertakes() {
        assertThat(failures((broken, app, pipeline) ->
                        sink(app, pipeline, Map.of("concurrency", 5), event -> broken.write(event)
                                .delaySubscription(Duration.ofMillis(event.equals("two") ? 40 : 1)))))
                .containsOnlyKeys("keeps the order");
    }

    @Test
    void findsOneThatLosesTheSecondHalfOfABatch() {
        assertThat(failures((broken, app, pipeline) -> batches(
                        app, pipeline, Map.of("batch_size", 2, "linger", "1ms"), batch -> broken.write(batch.get(0)))))
                .containsKey("delivers every event once")
                .containsKey("delivers the same one at a time as all at once");
    }

    @Test
    void findsOneThatIgnoresARefusal() {
        assertThat(failures((broken, app, pipeline) -> sink(
                        app, pipeline, Map.of(), event -> broken.write(event).onErrorResume(e -> Mono.empty()))))
                .containsOnlyKeys("does not confirm what the far end refuses");
    }

    @Test
    void findsOneThatKeepsABufferOfItsOwn() {
        assertThat(failures((broken, app, pipeline) -> {
                    List<Object> buffer = new ArrayList<>();
                    return sink(app, pipeline, Map.of(), event -> {
                        if (event.equals("refused")) {
                            return Mono.error(new IllegalArgumentException("refused"));
                        }
                        buffer.add(event);
                        if (buffer.size() >= 2) {
                            broken.far.addAll(buffer);
                            buffer.clear();
                        }
                        return Mono.empty();
                    });
                }))
                .containsKey("delivers what is in flight when it is stopped, half-full batches too")
                .containsKey("confirms an event only when the far end has it");
    }

    @Test
    void findsOneThatTakesAnEventOnlyOnce() {
        assertThat(failures((broken, app, pipeline) -> sink(
                        app,
                        pipeline,
                        Map.of(),
                        event -> broken.far.contains(event) ? Mono.empty() : broken.write(event))))
                .containsKey("delivers the same event object again, as a retry does");
    }

    @Test
    void findsOneThatBlocks() {
        assertThat(failures((broken, app, pipeline) -> sink(app, pipeline, Map.of(), event -> {
                    boolean counted = new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
                    return counted ? Mono.never() : broken.write(event);
                })))
                .containsOnlyKeys("does not block the lane");
    }

    private abstract static class LifeCycle extends Sink<Object> {
        private final Broken broken;

        LifeCycle(Broken broken, Application app, Pipeline pipeline) {
            super(app, pipeline, "Tested", Map.of());
            this.broken = broken;
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            return broken.write(event);
        }
    }

    @Test
    void findsOneWhoseStopNeverEnds() {
        assertThat(failures((broken, app, pipeline) -> new LifeCycle(broken, app, pipeline) {
                    @Override
                    protected Mono<Void> stop() {
                        return Mono.never();
                    }
                }))
                .containsKey("releases what it holds when the drain is cut")
                .containsKey("can be stopped while the pipeline starts");
    }

    @Test
    void findsOneThatCannotStartAgain() {
        assertThat(failures((broken, app, pipeline) -> new LifeCycle(broken, app, pipeline) {
                    private int starts;

                    @Override
                    protected Mono<Void> start() {
                        return Mono.defer(() -> starts++ == 0 ? Mono.empty() : Mono.never());
                    }
                }))
                .containsOnlyKeys("starts again when a start of the pipeline has failed");
    }
}
