package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Lookups are loaded at the start, refreshed in virtual time, and left alone after the stop. */
class LookupRunTest {

    private final TestApplication app = TestApplication.of();
    private final AtomicInteger loads = new AtomicInteger();
    private volatile boolean broken;

    @AfterEach
    void close() {
        app.close();
    }

    private final class Refreshed extends Lookup {
        private final Duration interval;

        Refreshed(Duration interval, boolean optional) {
            super(app, "L", Map.of("optional", optional));
            this.interval = interval;
        }

        @Override
        protected Mono<Void> load() {
            return Mono.fromRunnable(() -> {
                loads.incrementAndGet();
                if (broken) {
                    throw new IllegalStateException("planned");
                }
            });
        }

        @Override
        protected Duration refreshInterval() {
            return interval;
        }
    }

    private void add(Duration interval, boolean optional) {
        app.pumpService().addLookup(new Refreshed(interval, optional));
    }

    private TestApplication.Run started() {
        TestApplication.Run run = app.runInBackground();
        await().until(() -> app.journal.contains("run!"));
        return run;
    }

    private void passUntilLoads(int count) {
        await().until(() -> {
            app.time.advanceTimeBy(Duration.ofSeconds(60));
            return loads.get() >= count;
        });
    }

    private double failures() {
        return app.meterRegistry()
                .get("bspump.lookup.failures")
                .functionCounter()
                .count();
    }

    private double age() {
        return app.meterRegistry().get("bspump.lookup.age").timeGauge().value();
    }

    @Test
    void isLoadedOnceUnlessItWantsMore() {
        add(Duration.ZERO, false);
        assertThat(age()).isNaN();
        started();
        app.time.advanceTimeBy(Duration.ofDays(1));
        assertThat(loads).hasValue(1);
        assertThat(age()).isEqualTo(86_400.0);
    }

    @Test
    void isLoadedAgainAfterEachInterval() {
        add(Duration.ofSeconds(60), false);
        started();
        app.time.advanceTimeBy(Duration.ofSeconds(59));
        assertThat(loads).hasValue(1);
        passUntilLoads(5);
    }

    @Test
    void isTriedAgainAfterAFailedRefresh() {
        add(Duration.ofSeconds(60), false);
        started();
        broken = true;
        passUntilLoads(4);
        await().until(() -> failures() >= 3);
        broken = false;
        passUntilLoads(6);
    }

    @Test
    void isTriedAgainWhenItWasOptionalAndNotThere() {
        broken = true;
        add(Duration.ofSeconds(60), true);
        started();
        assertThat(failures()).isEqualTo(1);
        broken = false;
        passUntilLoads(2);
        await().until(() -> !Double.isNaN(age()));
    }

    @Test
    void isNotLoadedAfterTheStop() throws Exception {
        add(Duration.ofSeconds(60), false);
        TestApplication.Run run = started();
        app.stop();
        assertThat(run.exitCode()).isZero();
        int before = loads.get();
        app.time.advanceTimeBy(Duration.ofDays(1));
        assertThat(loads).hasValue(before);
    }

    @Test
    void isNotLoadedAfterItsRemoval() {
        add(Duration.ofSeconds(60), false);
        started();
        app.pumpService().removeLookup("L");
        int before = loads.get();
        app.time.advanceTimeBy(Duration.ofDays(1));
        assertThat(loads).hasValue(before);
        assertThat(app.meterRegistry().find("bspump.lookup.age").meters()).isEmpty();
    }
}
