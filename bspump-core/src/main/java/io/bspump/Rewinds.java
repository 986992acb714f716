package io.bspump;

import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** How often a pipeline has begun again from stored positions, and when it may do so next. Confined to the lane, but for the count. */
final class Rewinds {

    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    private final Pipeline pipeline;
    private final Scheduler clock;
    private final RetryPolicy delays;
    private int inVain;
    private final AtomicLong count = new AtomicLong();

    Rewinds(Pipeline pipeline, Scheduler clock) {
        this.pipeline = pipeline;
        this.clock = clock;
        this.delays = RetryPolicy.of(pipeline.config());
    }

    /** Says why the pipeline begins again, and completes when it may: later each time until something is committed. */
    Mono<Void> next(RewindException why) {
        count.incrementAndGet();
        inVain++;
        LOG.warn(
                "{} abandons what is in flight and reads again from the stored positions: {}",
                pipeline.label(),
                why.getMessage(),
                why.getCause());
        return Mono.delay(delays.delay(inVain), clock).then();
    }

    /** Something has been committed. */
    void reset() {
        inVain = 0;
    }

    long count() {
        return count.get();
    }
}
