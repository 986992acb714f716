package io.bspump.web;

import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The meters of pipelines and their stages as they are now, gathered in one pass over the registry. */
final class PipelineFigures {

    private static final String PIPELINE = "pipeline";
    private static final String STAGE = "processor";

    private final Map<String, Map<String, Double>> pipelines = new HashMap<>();
    private final Map<String, Map<String, Double>> stages = new HashMap<>();

    PipelineFigures(MeterRegistry registry) {
        for (Meter meter : registry.getMeters()) {
            String pipeline = meter.getId().getTag(PIPELINE);
            String stage = meter.getId().getTag(STAGE);
            if (pipeline != null && stage == null) {
                read(meter, pipelines.computeIfAbsent(pipeline, id -> new TreeMap<>()), PIPELINE);
            } else if (pipeline != null) {
                read(meter, stages.computeIfAbsent(pipeline + "." + stage, id -> new TreeMap<>()), PIPELINE);
            }
        }
    }

    Map<String, Double> of(String pipeline) {
        return pipelines.getOrDefault(pipeline, Map.of());
    }

    Map<String, Double> of(String pipeline, String stage) {
        return stages.getOrDefault(pipeline + "." + stage, Map.of());
    }

    /** The meters that have a tag. */
    static Map<String, Double> tagged(MeterRegistry registry, String key, String value) {
        Map<String, Double> figures = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            if (value.equals(meter.getId().getTag(key))) {
                read(meter, figures, key);
            }
        }
        return figures;
    }

    /** One figure has the name of its meter; where there are more, each has what it measures and its other tags as well. */
    private static void read(Meter meter, Map<String, Double> figures, String key) {
        StringBuilder name = new StringBuilder(meter.getId().getName());
        for (Tag tag : meter.getId().getTags()) {
            if (!tag.getKey().equals(key) && !tag.getKey().equals(STAGE)) {
                name.append('.').append(tag.getValue());
            }
        }
        int count = 0;
        for (Measurement measurement : meter.measure()) {
            String suffix =
                    count++ == 0 ? "" : "." + measurement.getStatistic().name().toLowerCase(Locale.ROOT);
            double value = measurement.getValue();
            if (!Double.isNaN(value) && !Double.isInfinite(value)) {
                figures.put(name + suffix, value);
            }
        }
    }
}
