package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes rates of counters: of a measurement, what went on per second in the time before it. It needs nothing but the
 * measurement, so one that comes again gives the same rates again.
 */
final class Rates extends Processor<Map<String, Object>, Map<String, Object>> {

    private static final List<String> COUNTERS =
            List.of("disk_read", "disk_written", "network_received", "network_sent");

    Rates(Application app, Pipeline pipeline) {
        super(app, pipeline);
    }

    @Override
    protected Map<String, Object> process(Context context, Map<String, Object> measurement) {
        Map<?, ?> before = map("before", measurement);
        Map<?, ?> now = map("now", measurement);
        double seconds = difference("time", before, now) / 1000;
        double ticks = Math.max(1, difference("processor_total", before, now));
        if (seconds <= 0) {
            throw new IllegalArgumentException("'now' must be after 'before', was " + seconds + " s");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("processor", rounded(difference("processor_busy", before, now) / ticks));
        values.put("memory", rounded(1 - number("memory_available", now) / number("memory_total", now)));
        for (String counter : COUNTERS) {
            values.put(counter, (double) Math.round(difference(counter, before, now) / seconds));
        }
        Map<String, Object> rates = new LinkedHashMap<>();
        rates.put("host", text("host", measurement));
        rates.put("run", Instant.ofEpochMilli((long) number("run", measurement)));
        rates.put("number", (long) number("number", measurement));
        rates.put("second", Instant.ofEpochSecond((long) number("time", now) / 1000));
        rates.put("values", values);
        return rates;
    }

    private static String text(String key, Map<String, Object> measurement) {
        if (measurement.get(key) instanceof String text && !text.isEmpty()) {
            return text;
        }
        throw new IllegalArgumentException("'" + key + "' must be a text, was " + measurement.get(key));
    }

    private static Map<?, ?> map(String key, Map<String, Object> measurement) {
        if (measurement.get(key) instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException("'" + key + "' must be figures, was " + measurement.get(key));
    }

    private static double difference(String key, Map<?, ?> before, Map<?, ?> now) {
        return number(key, now) - number(key, before);
    }

    private static double number(String key, Map<?, ?> figures) {
        if (figures.get(key) instanceof Number number) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException("'" + key + "' must be a number, was " + figures.get(key));
    }

    private static double rounded(double share) {
        return Math.round(share * 1000) / 1000.0;
    }
}
