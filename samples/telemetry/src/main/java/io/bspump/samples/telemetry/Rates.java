package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes rates of counters: of the figures of a machine and those before, what went on per second in between. The first
 * figures of a machine, figures that come again, and those of a machine that was started anew give nothing.
 */
final class Rates extends Processor<Map<String, Object>, Map<String, Object>> {

    private final Map<String, Map<String, Object>> last = new HashMap<>();

    Rates(Application app, Pipeline pipeline) {
        super(app, pipeline);
    }

    @Override
    protected @Nullable Map<String, Object> process(Context context, Map<String, Object> figures) {
        String host = String.valueOf(figures.get("host"));
        Map<String, Object> before = last.get(host);
        double seconds = before == null ? 0 : difference("time", before, figures) / 1000;
        double ticks = before == null ? 0 : difference("processor_total", before, figures);
        if (before != null && seconds <= 0) {
            return null;
        }
        last.put(host, figures);
        if (before == null || ticks <= 0) {
            return null;
        }
        Map<String, Object> rates = new LinkedHashMap<>();
        rates.put("host", host);
        rates.put("time", Instant.ofEpochMilli((long) number("time", figures)).toString());
        rates.put("processor", rounded(difference("processor_busy", before, figures) / ticks));
        rates.put("memory", rounded(1 - number("memory_available", figures) / number("memory_total", figures)));
        for (String counter : new String[] {"disk_read", "disk_written", "network_received", "network_sent"}) {
            rates.put(counter, Math.round(difference(counter, before, figures) / seconds));
        }
        return rates;
    }

    private static double difference(String key, Map<String, Object> before, Map<String, Object> now) {
        return number(key, now) - number(key, before);
    }

    private static double number(String key, Map<String, Object> figures) {
        if (figures.get(key) instanceof Number number) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException("'" + key + "' must be a number, was " + figures.get(key));
    }

    private static double rounded(double share) {
        return Math.round(share * 1000) / 1000.0;
    }
}
