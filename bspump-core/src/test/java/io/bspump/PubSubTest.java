package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.PubSub.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class PubSubTest {

    private final PubSub pubSub = new PubSub("test");
    private final List<Object> seen = new ArrayList<>();

    @Test
    void subscribersGetTopicAndArgumentsOnThePublishingThread() {
        AtomicReference<Thread> thread = new AtomicReference<>();
        pubSub.subscribe("a!", message -> {
            seen.add(message);
            thread.set(Thread.currentThread());
        });

        pubSub.publish("a!", 1, "two");
        pubSub.publish("a!", Map.of("pipeline", "P"));
        pubSub.publish("a!");

        assertThat(seen)
                .containsExactly(
                        new Message("a!", List.of(1, "two"), Map.of()),
                        new Message("a!", List.of(), Map.of("pipeline", "P")),
                        new Message("a!", List.of(), Map.of()));
        assertThat(thread).hasValue(Thread.currentThread());
    }

    @Test
    void subscribersAreCalledInTheOrderOfSubscription() {
        for (int i = 0; i < 5; i++) {
            int number = i;
            pubSub.subscribe("a!", message -> seen.add(number));
        }

        pubSub.publish("a!");

        assertThat(seen).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void otherTopicsAreNotHeard() {
        pubSub.subscribe("a!", seen::add);

        pubSub.publish("b!");

        assertThat(seen).isEmpty();
    }

    @Test
    void anonymousSubscribersSurviveGarbageCollection() {
        pubSub.subscribe("a!", message -> seen.add("alive"));

        System.gc();
        pubSub.publish("a!");

        assertThat(seen).containsExactly("alive");
    }

    @Test
    void disposedSubscriberHearsNoMore() {
        Disposable first = pubSub.subscribe("a!", message -> seen.add("first"));
        pubSub.subscribe("a!", message -> seen.add("second"));

        first.dispose();
        first.dispose();
        pubSub.publish("a!");

        assertThat(first.isDisposed()).isTrue();
        assertThat(seen).containsExactly("second");
    }

    @Test
    void theSameConsumerCanBeSubscribedTwiceAndDisposedOnce() {
        Disposable one = pubSub.subscribe("a!", seen::add);
        pubSub.subscribe("a!", seen::add);

        one.dispose();
        pubSub.publish("a!");

        assertThat(seen).hasSize(1);
    }

    @Test
    void failingSubscriberIsCountedAndTheOthersStillGetTheMessage() {
        pubSub.subscribe("a!", message -> {
            throw new IllegalStateException("planned");
        });
        pubSub.subscribe("a!", message -> {
            throw new AssertionError("planned too");
        });
        pubSub.subscribe("a!", message -> seen.add("still"));

        pubSub.publish("a!");

        assertThat(seen).containsExactly("still");
        assertThat(pubSub.failures()).isEqualTo(2);
    }

    @Test
    void subscribingDuringPublishIsHeardFromTheNextMessage() {
        pubSub.subscribe("a!", message -> pubSub.subscribe("a!", late -> seen.add(late.args())));

        pubSub.publish("a!", 1);
        assertThat(seen).isEmpty();
        pubSub.publish("a!", 2);

        assertThat(seen).containsExactly(List.of(2));
    }

    @Test
    void disposingALaterSubscriberDuringPublishSilencesItAtOnce() {
        Disposable.Swap later = Disposables.swap();
        pubSub.subscribe("a!", message -> later.dispose());
        later.update(pubSub.subscribe("a!", message -> seen.add("late")));

        pubSub.publish("a!");

        assertThat(seen).isEmpty();
    }

    @Test
    void publishingFromASubscriberWorks() {
        pubSub.subscribe("a!", message -> pubSub.publish("b!"));
        pubSub.subscribe("b!", message -> seen.add("b"));

        pubSub.publish("a!");

        assertThat(seen).containsExactly("b");
    }

    @Test
    void fluxHearsFromItsSubscriptionUntilItIsCancelled() {
        pubSub.publish("a!", 0);

        StepVerifier.create(pubSub.messages("a!").map(message -> message.args().get(0)))
                .then(() -> pubSub.publish("a!", 1))
                .then(() -> pubSub.publish("a!", 2))
                .expectNext(1, 2)
                .thenCancel()
                .verify();

        pubSub.publish("a!", 3);
        assertThat(pubSub.dropped()).isZero();
    }

    @Test
    void slowFluxKeepsTheNewestAndCountsWhatItLost() {
        int published = PubSub.BUFFER_SIZE + 10;
        StepVerifier.create(
                        pubSub.messages("a!")
                                .map(message -> (Integer) message.args().get(0)),
                        0)
                .then(() -> {
                    for (int i = 0; i < published; i++) {
                        pubSub.publish("a!", i);
                    }
                })
                .thenRequest(1)
                .expectNext(10)
                .thenRequest(Long.MAX_VALUE)
                .expectNextCount(PubSub.BUFFER_SIZE - 1L)
                .thenCancel()
                .verify();

        assertThat(pubSub.dropped()).isEqualTo(10);
    }

    @Test
    void monoGivesTheFirstMessage() {
        Mono<Message> message = pubSub.message("a!");

        StepVerifier.create(message)
                .then(() -> pubSub.publish("a!", 1))
                .assertNext(first -> assertThat(first.args()).containsExactly(1))
                .verifyComplete();
    }

    @Test
    void publishingAndSubscribingFromManyThreadsLosesNothingForStandingSubscribers() throws Exception {
        int threads = 4;
        int each = 5_000;
        AtomicInteger standing = new AtomicInteger();
        pubSub.subscribe("a!", message -> standing.incrementAndGet());
        CountDownLatch go = new CountDownLatch(1);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> runs = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                runs.add(pool.submit(() -> {
                    go.await();
                    for (int i = 0; i < each; i++) {
                        Disposable passing = pubSub.subscribe("a!", message -> {});
                        pubSub.publish("a!");
                        passing.dispose();
                    }
                    return null;
                }));
            }
            go.countDown();
            for (Future<?> run : runs) {
                run.get(30, TimeUnit.SECONDS);
            }
        } finally {
            pool.shutdownNow();
        }

        assertThat(standing).hasValue(threads * each);
    }
}
