package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

class TicksTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final PubSub pubSub = new PubSub("test");

    @AfterEach
    void disposeTime() {
        time.dispose();
    }

    @Test
    void ticksCountUpToADay() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String suffix : new String[] {"", "/10", "/60", "/300", "/600", "/1800", "/3600", "/43200", "/86400"}) {
            String topic = "Application.tick" + suffix + "!";
            pubSub.subscribe(topic, message -> counts.merge(topic, 1, Integer::sum));
        }

        Disposable ticks = Ticks.start(pubSub, Duration.ofSeconds(1), time, time);
        time.advanceTimeBy(Duration.ofDays(1));
        ticks.dispose();
        time.advanceTimeBy(Duration.ofDays(1));

        assertThat(counts)
                .containsEntry("Application.tick!", 86400)
                .containsEntry("Application.tick/10!", 8640)
                .containsEntry("Application.tick/60!", 1440)
                .containsEntry("Application.tick/300!", 288)
                .containsEntry("Application.tick/600!", 144)
                .containsEntry("Application.tick/1800!", 48)
                .containsEntry("Application.tick/3600!", 24)
                .containsEntry("Application.tick/43200!", 2)
                .containsEntry("Application.tick/86400!", 1);
    }

    @Test
    void periodIsKept() {
        AtomicInteger count = new AtomicInteger();
        pubSub.subscribe("Application.tick!", message -> count.incrementAndGet());

        Disposable ticks = Ticks.start(pubSub, Duration.ofMillis(250), time, time);
        time.advanceTimeBy(Duration.ofMillis(249));
        assertThat(count).hasValue(0);
        time.advanceTimeBy(Duration.ofMillis(1));
        assertThat(count).hasValue(1);
        ticks.dispose();
    }

    @Test
    void failingSubscriberDoesNotEndTheTicks() {
        AtomicInteger count = new AtomicInteger();
        pubSub.subscribe("Application.tick!", message -> {
            count.incrementAndGet();
            throw new IllegalStateException("planned");
        });

        Disposable ticks = Ticks.start(pubSub, Duration.ofSeconds(1), time, time);
        time.advanceTimeBy(Duration.ofSeconds(3));
        ticks.dispose();

        assertThat(count).hasValue(3);
    }

    @Test
    void slowSubscriberDelaysTicksInsteadOfPilingThemUp() throws InterruptedException {
        Scheduler worker = Schedulers.newSingle("tick-worker", true);
        AtomicInteger count = new AtomicInteger();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch slow = new CountDownLatch(1);
        pubSub.subscribe("Application.tick!", message -> {
            count.incrementAndGet();
            entered.countDown();
            awaitQuietly(slow);
        });
        try {
            Disposable ticks = Ticks.start(pubSub, Duration.ofSeconds(1), time, worker);
            time.advanceTimeBy(Duration.ofSeconds(1));
            entered.await();
            time.advanceTimeBy(Duration.ofHours(1));
            slow.countDown();

            await().until(() -> {
                time.advanceTimeBy(Duration.ofSeconds(1));
                return count.get() >= 2;
            });
            assertThat(count.get()).isLessThan(10);
            ticks.dispose();
        } finally {
            slow.countDown();
            worker.dispose();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
