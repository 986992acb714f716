package io.bspump.sink;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.BatchSink;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Prints events for people to read, a line each: {@code byte[]} as the text that they are, anything else as {@link
 * String#valueOf(Object)}. Events are delivered when the stream has been flushed; a stream that reports an error fails
 * the batch, and a retry may print it again. Prints on threads that may block.
 */
public final class PrintSink extends BatchSink<Object> {

    public static final Options OPTIONS = Options.of(Option.duration("linger")
            .defaultTo("10ms")
            .doc("How long the first event of a batch waits for others at the most."));

    private final PrintStream stream;

    /** Creates a sink that prints to standard output and whose id is {@code PrintSink}. */
    @SuppressWarnings("SystemOut")
    public PrintSink(Application app, Pipeline pipeline) {
        this(app, pipeline, System.out);
    }

    /** Creates a sink that prints to the stream and whose id is {@code PrintSink}. */
    public PrintSink(Application app, Pipeline pipeline, PrintStream stream) {
        this(app, pipeline, stream, null, Map.of());
    }

    /**
     * @param stream where to print; not closed
     * @param id the id, or null for {@code PrintSink}
     * @param config values that go above the class's defaults and below the file
     */
    public PrintSink(
            Application app, Pipeline pipeline, PrintStream stream, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.stream = Objects.requireNonNull(stream, "stream");
    }

    @Override
    protected Mono<Void> process(Batch<Object> batch) {
        return Mono.<Void>fromCallable(() -> print(batch)).subscribeOn(app().blocking());
    }

    private @Nullable Void print(Batch<Object> batch) throws IOException {
        for (Object event : batch) {
            if (event instanceof byte[] bytes) {
                stream.write(bytes, 0, bytes.length);
            } else {
                stream.print(event);
            }
            stream.print('\n');
        }
        if (stream.checkError()) { // flushes
            throw new IOException("[" + config().name() + "] cannot print: the stream reports an error");
        }
        return null;
    }
}
