package io.bspump.samples.loggenerator;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Emits the lines of an imagined web server, numbered, at a steady rate. It keeps no position: a restart begins anew. */
final class LogLineSource extends Source<byte[]> {

    public static final Options OPTIONS = Options.of(
            Option.integer("first").between(0, Integer.MAX_VALUE).defaultTo(0).doc("The number of the first line."),
            Option.integer("count")
                    .between(0, Integer.MAX_VALUE)
                    .defaultTo(100_000)
                    .doc("How many lines are written; 0 is without end."),
            Option.integer("rate")
                    .between(0, 100_000_000)
                    .defaultTo(1000)
                    .doc("Lines per second; 0 is as many as can be written."),
            Option.string("start")
                    .defaultTo("2026-11-21T00:00:00Z")
                    .doc("When the first line says that it was written."),
            Option.duration("step")
                    .defaultTo("20ms")
                    .doc("How much later each line says that it was written than the one before."),
            Option.integer("broken_every")
                    .between(0, Integer.MAX_VALUE)
                    .defaultTo(1000)
                    .doc("One line in so many is no log line; 0 is none."));

    /** Lines are let go in bursts, so many times a second. */
    private static final int BURSTS = 50;

    private final int first;
    private final long count;
    private final int rate;
    private final LogLines lines;

    LogLineSource(Application app, Pipeline pipeline) {
        super(app, pipeline, null, Map.of());
        first = config().getInt("first");
        count = config().getInt("count") == 0 ? Long.MAX_VALUE : config().getInt("count");
        rate = config().getInt("rate");
        lines = new LogLines(startTime(), config().getDuration("step").toMillis(), config().getInt("broken_every"));
    }

    private Instant startTime() {
        String start = config().get("start");
        try {
            return Instant.parse(start);
        } catch (DateTimeParseException e) {
            String rule = "must be a time like 2026-11-21T00:00:00Z, was '" + start + "'";
            throw new ConfigException(List.of(config().problem("start", rule)));
        }
    }

    @Override
    protected Flux<Emission<byte[]>> events() {
        return rate == 0 ? burst(0, count) : Flux.defer(this::atRate);
    }

    private Flux<Emission<byte[]>> atRate() {
        long begin = System.nanoTime();
        return Flux.<Long, Long>generate(() -> 0L, (burst, sink) -> {
                    if (due(burst) >= count) {
                        sink.complete();
                    } else {
                        sink.next(burst);
                    }
                    return burst + 1;
                })
                .concatMap(
                        burst -> until(begin + burst * 1_000_000_000L / BURSTS)
                                .thenMany(Flux.defer(() -> burst(due(burst), Math.min(count, due(burst + 1))))),
                        1);
    }

    /** How many lines come before a burst. */
    private long due(long burst) {
        return Math.multiplyHigh(burst, rate) != 0 ? Long.MAX_VALUE : burst * rate / BURSTS;
    }

    private static Mono<Long> until(long nanos) {
        return Mono.defer(() -> Mono.delay(Duration.ofNanos(Math.max(0, nanos - System.nanoTime()))));
    }

    private Flux<Emission<byte[]>> burst(long from, long to) {
        return Flux.generate(() -> from, (n, sink) -> {
            if (n >= to) {
                sink.complete();
            } else {
                sink.next(new Emission<>(lines.line(first + n)));
            }
            return n + 1;
        });
    }
}
