package io.bspump;

import java.time.Duration;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Publishes {@code Application.tick!} every period, and {@code Application.tick/10!} and its siblings every so many
 * ticks.
 *
 * <p>The next period begins when all subscribers have returned, so a slow one delays the ticks and never piles them up.
 */
final class Ticks {

    private static final int[] EVERY = {10, 60, 300, 600, 1800, 3600, 43200, 86400};

    private final PubSub pubSub;
    private long count;

    private Ticks(PubSub pubSub) {
        this.pubSub = pubSub;
    }

    /**
     * Starts ticking.
     *
     * @param clock whose time counts
     * @param worker on which the subscribers are called, one tick at a time; they may block it
     * @return ends the ticks
     */
    static Disposable start(PubSub pubSub, Duration period, Scheduler clock, Scheduler worker) {
        Ticks ticks = new Ticks(pubSub);
        return Mono.delay(period, clock)
                .publishOn(worker)
                .doOnNext(elapsed -> ticks.tick())
                .repeat()
                .subscribe();
    }

    private void tick() {
        count++;
        pubSub.publish("Application.tick!");
        for (int every : EVERY) {
            if (count % every == 0) {
                pubSub.publish("Application.tick/" + every + "!");
            }
        }
    }
}
