package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class BlockingCallTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Scheduler blocking = Schedulers.newBoundedElastic(8, 100, "test-call", 1, true);
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    @AfterEach
    void disposeThreads() {
        goOn.countDown();
        blocking.dispose();
    }

    private void enterAndWait() throws InterruptedException {
        entered.countDown();
        goOn.await();
    }

    @Test
    void completesAndFailsAsTheCodeDoes() {
        StepVerifier.create(new BlockingCall(Mono::empty, blocking).run())
                .expectComplete()
                .verify(LIMIT);
        StepVerifier.create(new BlockingCall(() -> Mono.error(new IllegalStateException("planned")), blocking).run())
                .expectErrorMessage("planned")
                .verify(LIMIT);
        StepVerifier.create(new BlockingCall(
                                () -> {
                                    throw new IllegalStateException("thrown");
                                },
                                blocking)
                        .run())
                .expectErrorMessage("thrown")
                .verify(LIMIT);
    }

    @Test
    void cancellingInterruptsTheCodeAndNothingElse() throws Exception {
        AtomicBoolean interrupted = new AtomicBoolean();
        BlockingCall call = new BlockingCall(
                () -> Mono.fromRunnable(() -> {
                    try {
                        enterAndWait();
                    } catch (InterruptedException e) {
                        interrupted.set(true);
                    }
                }),
                blocking);
        Disposable running = call.run().subscribe();
        assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
        running.dispose();

        call.left().block(LIMIT);
        assertThat(interrupted).isTrue();
        assertThat(call.abandon()).isTrue();
    }

    @Test
    void cancellingCancelsWhatTheCodeWaitsFor() {
        AtomicInteger cancelled = new AtomicInteger();
        BlockingCall call = new BlockingCall(() -> Mono.<Void>never().doOnCancel(cancelled::incrementAndGet), blocking);
        Disposable running = call.run().subscribe();
        call.left().block(LIMIT);
        running.dispose();

        await().atMost(LIMIT).until(() -> cancelled.get() == 1);
    }

    @Test
    void whatIsAbandonedBeforeItBeginsDoesNotBegin() {
        VirtualTimeScheduler later = VirtualTimeScheduler.create(true);
        AtomicInteger calls = new AtomicInteger();
        BlockingCall call = new BlockingCall(() -> Mono.fromRunnable(calls::incrementAndGet), later);
        assertThat(call.abandon()).isFalse();
        call.run().subscribe();
        later.advanceTimeBy(Duration.ofSeconds(1));

        assertThat(calls).hasValue(0);
        later.dispose();
    }

    @Test
    void othersDoNotWaitBehindCodeThatStaysBlocked() throws Exception {
        BlockingCall stubborn = new BlockingCall(
                () -> Mono.fromRunnable(() -> {
                    while (goOn.getCount() > 0) {
                        try {
                            enterAndWait();
                        } catch (InterruptedException e) {
                            Thread.interrupted();
                        }
                    }
                }),
                blocking);
        AtomicBoolean left = new AtomicBoolean();
        stubborn.left().subscribe(nothing -> {}, e -> {}, () -> left.set(true));
        Disposable running = stubborn.run().subscribe();
        assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
        running.dispose();

        for (int i = 0; i < 10; i++) {
            new BlockingCall(Mono::empty, blocking).run().block(LIMIT);
        }
        assertThat(left).isFalse();
    }
}
