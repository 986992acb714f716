package io.bspump;

import io.bspump.config.Config;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * When a connection is tried again, and how long things may take.
 *
 * @param random gives numbers from 0 to 1
 */
record ConnectionPolicy(
        Duration delay,
        double multiplier,
        double jitter,
        Duration maxDelay,
        Duration connectTimeout,
        Duration pingInterval,
        Duration pingTimeout,
        Duration authRetryDelay,
        DoubleSupplier random) {

    static ConnectionPolicy of(Config config) {
        return new ConnectionPolicy(
                config.getDuration("reconnect_delay"),
                config.getDouble("reconnect_multiplier"),
                config.getDouble("reconnect_jitter"),
                config.getDuration("reconnect_max_delay"),
                config.getDuration("connect_timeout"),
                config.getDuration("ping_interval"),
                config.getDuration("ping_timeout"),
                config.getDuration("auth_retry_delay"),
                () -> ThreadLocalRandom.current().nextDouble());
    }

    /** How long to wait after so many delays in a row. */
    Duration delay(int before) {
        // Both caps are needed: without the first one, late delays would all be the longest, in step with each other.
        double nominal = Math.min(delay.toNanos() * Math.pow(multiplier, before), (double) maxDelay.toNanos());
        double varied = nominal * (1 - jitter + 2 * jitter * random.getAsDouble());
        return Duration.ofNanos((long) Math.min(varied, (double) maxDelay.toNanos()));
    }

    /** How long to wait for the first ping; varied, so that connections made together do not ping together for ever. */
    Duration firstPing() {
        return Duration.ofNanos((long) (pingInterval.toNanos() * (1 - jitter * random.getAsDouble())));
    }

    boolean pings() {
        return !pingInterval.isZero();
    }

    /** A duration for people to read: {@code 850ms}, {@code 12.3s}. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 1000) {
            return millis + "ms";
        }
        return millis % 1000 == 0 ? millis / 1000 + "s" : String.format(Locale.ROOT, "%.1fs", millis / 1000.0);
    }
}
