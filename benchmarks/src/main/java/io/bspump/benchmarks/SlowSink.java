package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.PubSub;
import io.bspump.Sink;
import io.bspump.source.IteratorSource;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.IntStream;
import reactor.core.publisher.Mono;

/**
 * Ten million events against a sink of a thousand a second, for as long as a minute: prints once in ten seconds what is
 * on the heap and in flight. Run it with {@code -Xmx64m}.
 */
public final class SlowSink {

    private static final int EVENTS = 10_000_000;

    private SlowSink() {}

    public static void main(String... args) {
        Application app = new Application("--set", "logging:level=WARN", "--set", "general:drain_timeout=1s");
        Slow slow = app.pumpService().addPipeline(new Slow(app));
        app.pubSub().subscribe("Application.tick/10!", message -> print(slow));
        app.pubSub().message("Application.tick/60!").subscribe((PubSub.Message message) -> app.stop());
        app.run();
    }

    private static void print(Slow slow) {
        System.gc(); // what is left is what is held
        long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        System.out.printf("heap %.1f MB, in flight %d, read %d%n", used / 1e6, slow.unsettled(), slow.read);
    }

    private static final class Slow extends Pipeline {

        private volatile int read;

        Slow(Application app) {
            super(app, "Slow");
            Iterable<byte[]> events = this::events;
            build(new IteratorSource<>(app, this, events), new Thousand(app, this));
        }

        private Iterator<byte[]> events() {
            return IntStream.range(0, EVENTS)
                    .mapToObj(i -> {
                        read = i + 1;
                        return new byte[1000];
                    })
                    .iterator();
        }
    }

    private static final class Thousand extends Sink<byte[]> {

        Thousand(Application app, Pipeline pipeline) {
            super(app, pipeline, "Thousand", Map.of("concurrency", 10));
        }

        @Override
        protected Mono<Void> process(Context context, byte[] event) {
            return Mono.delay(Duration.ofMillis(10)).then();
        }
    }
}
