package io.bspump;

import io.bspump.config.Config;
import java.time.Duration;

/**
 * How often and after which delays a failed event is tried again.
 *
 * @param attempts how often, 0 for never
 * @param delay before the first retry
 * @param multiplier of the delay from one retry to the next
 * @param maxDelay what no delay exceeds
 */
record RetryPolicy(int attempts, Duration delay, double multiplier, Duration maxDelay) {

    static RetryPolicy of(Config config) {
        return new RetryPolicy(
                config.getInt("retry_attempts"),
                config.getDuration("retry_delay"),
                config.getDouble("retry_multiplier"),
                config.getDuration("retry_max_delay"));
    }

    /** Returns the delay before the given retry, counted from 1. */
    Duration delay(int retry) {
        double nanos = delay.toNanos() * Math.pow(multiplier, retry - 1.0);
        return nanos < maxDelay.toNanos() ? Duration.ofNanos((long) nanos) : maxDelay;
    }
}
