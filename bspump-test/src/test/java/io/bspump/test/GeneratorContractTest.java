package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Generator;
import io.bspump.Pipeline;
import io.bspump.Stage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

class GeneratorContractTest {

    private static Generator<Integer, Object> generator(
            Application app, Pipeline pipeline, Function<Integer, Publisher<?>> body) {
        return new Generator<>(app, pipeline, "Tested", Map.of()) {
            @Override
            protected Publisher<?> generate(Context context, Integer event) {
                return body.apply(event);
            }
        };
    }

    abstract static class OfNumbers extends GeneratorContract {
        @Override
        protected List<?> events() {
            return List.of(3, 0, 700, 1);
        }
    }

    @Nested
    class OneThatCounts extends OfNumbers {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return generator(app, pipeline, n -> Flux.range(0, n).map(i -> n + "." + i));
        }
    }

    @Nested
    class OneWithAThreadOfItsOwn extends OfNumbers {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return generator(
                    app, pipeline, n -> Flux.range(0, n).map(i -> n + "." + i).publishOn(Schedulers.parallel()));
        }
    }

    /** The broken one of the moment; run by the launcher, not by itself. */
    static final class Broken extends OfNumbers {
        static BiFunction<Application, Integer, Publisher<?>> body = (app, n) -> Flux.never();

        @Override
        protected Duration patience() {
            return Duration.ofMillis(700);
        }

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return generator(app, pipeline, n -> body.apply(app, n));
        }
    }

    private static Map<String, String> failures(Function<Integer, Publisher<?>> body) {
        return failures((app, n) -> body.apply(n));
    }

    private static Map<String, String> failures(BiFunction<Application, Integer, Publisher<?>> body) {
        Broken.body = body;
        return ContractRunner.failures(Broken.class);
    }

    @Test
    void findsOneThatNeverEnds() {
        assertThat(failures(n -> Flux.range(0, n).concatWith(Flux.never())))
                .containsKey("takes every sample event, and each settles once");
    }

    @Test
    void findsOneThatDoesNotHeedDemand() {
        assertThat(failures(n -> subscriber -> subscriber.onSubscribe(new Subscription() {
                    private boolean done;

                    @Override
                    public void request(long wanted) {
                        if (!done) {
                            done = true;
                            for (int i = 0; i < n; i++) {
                                subscriber.onNext(i);
                            }
                            subscriber.onComplete();
                        }
                    }

                    @Override
                    public void cancel() {
                        done = true;
                    }
                })))
                .hasEntrySatisfying("takes every sample event, and each settles once", message -> assertThat(message)
                        .contains("a generator emitted more than it was asked for"));
    }

    @Test
    void findsOneThatDropsWhatNobodyAsksFor() {
        assertThat(failures((app, n) -> Flux.interval(Duration.ofMillis(1), app.blocking())
                        .take(n)
                        .onBackpressureDrop()))
                .containsKey("loses nothing to a slow sink and a demand of one");
    }

    @Test
    void findsOneThatFailsAtItsEnd() {
        assertThat(failures(n -> Flux.range(0, n).concatWith(Mono.error(new IllegalStateException("the end")))))
                .hasEntrySatisfying(
                        "ends: an event settles when everything made of it has, and not before",
                        message -> assertThat(message).contains("the end"));
    }

    @Test
    void findsOneThatForgetsToComplete() {
        assertThat(failures(n -> subscriber -> {
                    subscriber.onSubscribe(Operators.emptySubscription());
                    if (n == 0) {
                        subscriber.onComplete();
                    }
                }))
                .containsKey("drains when it is stopped with events in flight");
    }

    @Test
    void findsOneThatMixesUpTheOrder() {
        assertThat(failures(n -> n == 700 ? Flux.just(Math.random()) : Flux.range(0, n)))
                .containsKey("keeps the order")
                .containsKey("makes the same of the same event object again, as a retry does");
    }
}
