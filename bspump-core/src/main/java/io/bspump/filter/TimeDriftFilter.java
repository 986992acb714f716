package io.bspump.filter;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.mapping.Fields;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Drops events whose time lies too far back, or that have none. The time is a number of seconds since 1970, a text such as
 * {@code 2026-11-21T03:00:00Z}, or an {@link Instant}; anything else is an error. Times in the future pass.
 */
public final class TimeDriftFilter extends Processor<Object, Object> {

    public static final Options OPTIONS = Options.of(
            Option.duration("max_time_drift").defaultTo("60s").doc("How far back a time may lie."),
            Option.string("field").defaultTo("@timestamp").doc("The field that has the time."));

    private static final double MILLIS = 1000.0;

    private final Clock clock;
    private final String field;
    private final long maxDriftMillis;

    /** Creates a processor whose id is {@code TimeDriftFilter}. */
    public TimeDriftFilter(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code TimeDriftFilter}
     * @param config values that go above the class's defaults and below the file
     */
    public TimeDriftFilter(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this(app, pipeline, id, config, Clock.systemUTC());
    }

    TimeDriftFilter(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config, Clock clock) {
        super(app, pipeline, id, config);
        this.clock = clock;
        field = config().get("field");
        maxDriftMillis = config().getDuration("max_time_drift").toMillis();
    }

    @Override
    protected @Nullable Object process(Context context, Object event) {
        Object time = Fields.of(event).get(field);
        return time == null || clock.millis() - millis(time) > maxDriftMillis ? null : event;
    }

    private double millis(Object time) {
        if (time instanceof Number seconds) {
            return seconds.doubleValue() * MILLIS;
        }
        if (time instanceof Instant instant) {
            return instant.toEpochMilli();
        }
        if (time instanceof String text) {
            return parse(text);
        }
        throw Fields.mismatch(field, "a time", time);
    }

    private double parse(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant().toEpochMilli();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "field '" + field + "' must be a time such as 2026-11-21T03:00:00Z, was another text", e);
        }
    }
}
