package io.bspump.mapping;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns a local time in a field of the event into universal time: a text such as {@code 2026-11-21T04:00:00} in the time zone
 * becomes a text such as {@code 2026-11-21T03:00:00Z}, a {@link LocalDateTime} an {@link Instant}. What says its own zone keeps its
 * instant. In the hour that a clock goes through twice, the first one is meant. An event without the field passes.
 */
public final class TimeZoneNormalizer extends Processor<Object, Object> {

    public static final Options OPTIONS = Options.of(
            Option.string("timezone").defaultTo("CET").doc("The time zone of times that do not say their own."),
            Option.string("field").defaultTo("@timestamp").doc("The field that has the time."));

    private static final DateTimeFormatter ISO = DateTimeFormatter.ISO_DATE_TIME;

    private final ZoneId zone;
    private final String field;

    /** Creates a processor whose id is {@code TimeZoneNormalizer}. */
    public TimeZoneNormalizer(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code TimeZoneNormalizer}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if there is no such time zone
     */
    public TimeZoneNormalizer(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        zone = zone();
        field = config().get("field");
    }

    private ZoneId zone() {
        try {
            return ZoneId.of(config().get("timezone"), ZoneId.SHORT_IDS);
        } catch (DateTimeException e) {
            throw config().invalid("timezone", "must be a time zone such as Europe/Prague, CET or +01:00");
        }
    }

    @Override
    protected Object process(Context context, Object event) {
        Map<String, @Nullable Object> fields = Fields.of(event);
        Object time = fields.get(field);
        if (time != null) {
            Fields.put(fields, field, normalize(time));
        }
        return event;
    }

    private Object normalize(Object time) {
        if (time instanceof String text) {
            return parse(text).toString();
        }
        if (time instanceof LocalDateTime local) {
            return local.atZone(zone).toInstant();
        }
        if (time instanceof OffsetDateTime offset) {
            return offset.toInstant();
        }
        if (time instanceof ZonedDateTime zoned) {
            return zoned.toInstant();
        }
        if (time instanceof Instant) {
            return time;
        }
        throw Fields.mismatch(field, "a date and time", time);
    }

    private Instant parse(String text) {
        try {
            TemporalAccessor parsed = ISO.parseBest(text.replace(' ', 'T'), ZonedDateTime::from, LocalDateTime::from);
            return parsed instanceof ZonedDateTime zoned
                    ? zoned.toInstant()
                    : LocalDateTime.from(parsed).atZone(zone).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "field '" + field + "' must be a date and time such as 2026-11-21T04:00:00, was another text", e);
        }
    }
}
