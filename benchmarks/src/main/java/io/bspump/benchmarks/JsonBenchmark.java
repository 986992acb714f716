package io.bspump.benchmarks;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.json.DictToJsonBytesParser;
import io.bspump.json.StdJsonToDictParser;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import reactor.core.publisher.Flux;

/** JSON bytes to a map, one field changed, to JSON bytes: the pump, a loop, and a chain of {@code Flux.map}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 6, time = 2)
@Fork(3)
public class JsonBenchmark {

    static final int EVENTS = 200_000;

    private static final ObjectMapper JSON = new ObjectMapper();
    // The same work: the pump's parser takes any JSON value and refuses what stands behind it.
    private static final ObjectReader READER =
            JSON.readerFor(Object.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final ObjectWriter WRITER = JSON.writer();

    private final RunningPump pump = new RunningPump();
    private final List<byte[]> events = new ArrayList<>();

    @Setup
    public void start() throws InterruptedException {
        for (int i = 0; i < EVENTS; i++) {
            events.add(("{\"id\":" + i + ",\"host\":\"web-" + i % 17 + "\",\"status\":200,\"duration\":" + i * 0.001
                            + ",\"path\":\"/shop/items/" + i + "\",\"tags\":[\"eu\",\"blue\"],\"user\":{\"name\":\"u"
                            + i
                            + "\",\"vip\":false}}")
                    .getBytes(StandardCharsets.UTF_8));
        }
        pump.start();
    }

    @TearDown
    public void stop() throws InterruptedException {
        pump.stop();
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void pump() {
        pump.run(app -> new Json(app, events));
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void loop(Blackhole sink) throws IOException {
        for (byte[] event : events) {
            sink.consume(write(change(read(event))));
        }
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void fluxMap(Blackhole sink) {
        Flux.fromIterable(events)
                .map(JsonBenchmark::read)
                .map(JsonBenchmark::change)
                .map(JsonBenchmark::write)
                .subscribe(sink::consume);
    }

    private static Map<String, Object> read(byte[] event) {
        try {
            return READER.readValue(event);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Object> change(Map<String, Object> event) {
        event.put("status", 201);
        return event;
    }

    private static byte[] write(Map<String, Object> event) {
        try {
            return WRITER.writeValueAsBytes(event);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Json extends Pipeline {
        Json(Application app, List<byte[]> events) {
            super(app, "Json");
            build(
                    new IteratorSource<>(app, this, events),
                    new StdJsonToDictParser(app, this),
                    new Change(app, this),
                    new DictToJsonBytesParser(app, this),
                    new NullSink(app, this));
        }
    }

    private static final class Change extends Processor<Map<String, Object>, Map<String, Object>> {
        Change(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Map<String, Object> process(Context context, Map<String, Object> event) {
            return change(event);
        }
    }
}
