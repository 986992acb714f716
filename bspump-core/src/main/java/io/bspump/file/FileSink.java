package io.bspump.file;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.BatchSink;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Appends events to a file, or writes them to standard output, a line each: {@code byte[]} as they are, text in UTF-8.
 * Events of other types fail one by one. An event that contains LF is written as it is and makes several lines.
 *
 * <p>Events are delivered when their batch is on the disk ({@code fsync}). When a write fails half-way, for instance
 * because the disk is full, the file is cut back to what it was, so a retry neither tears nor repeats a line; standard
 * output cannot be cut back. When a crash has torn the last line, it is moved to {@code <path>.torn} before the first
 * write. Lines of a batch that was written and not confirmed before a crash come again.
 *
 * <p>The file is opened by the first batch; a missing directory is an error then, which the pipeline retries by its
 * policy. No other sink of the process may write to the same file. Writes on threads that may block, one batch at a time.
 */
public final class FileSink extends BatchSink<Object> {

    public static final Options OPTIONS = Options.of(
            Option.string("path").defaultTo("-").doc("The file to append to; `-` is standard output."),
            Option.bool("fsync")
                    .defaultTo(true)
                    .doc(
                            "Whether a batch is confirmed when the disk has it; otherwise when the operating system has it."),
            Option.integer("batch_size")
                    .between(1, 10_000_000)
                    .defaultTo(5000)
                    .doc("Events after which a batch closes."),
            Option.duration("linger")
                    .defaultTo("10ms")
                    .doc("How long the first event of a batch waits for others at the most."));

    private static final String STANDARD_OUTPUT = "-";
    private static final Map<Path, FileSink> WRITERS = new ConcurrentHashMap<>();

    private final String path;
    private final @Nullable OutputFile file;

    // Guarded by this.
    private byte[] lines = new byte[1 << 16];
    private int length;
    private @Nullable Path claimed;

    /** Creates a sink whose id is {@code FileSink}. */
    public FileSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileSink}
     * @param config values that go above the class's defaults and below the file
     */
    public FileSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        path = config().get("path");
        file = path.equals(STANDARD_OUTPUT) ? null : new OutputFile(Path.of(path), config().getBoolean("fsync"));
    }

    @Override
    protected Mono<Void> start() {
        return file == null ? Mono.empty() : blocking(this::claim);
    }

    @Override
    protected Mono<Void> process(Batch<Object> batch) {
        return blocking(() -> write(batch));
    }

    @Override
    protected Mono<Void> stop() {
        return file == null ? Mono.empty() : blocking(this::release);
    }

    private synchronized @Nullable Void claim() throws IOException {
        Path place = place();
        FileSink other = WRITERS.putIfAbsent(place, this);
        if (other != null && other != this) {
            throw new IOException(other.address() + " writes to it already");
        }
        claimed = place;
        return null;
    }

    private Path place() throws IOException {
        Path absolute = Path.of(path).toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (Files.exists(absolute)) {
            return absolute.toRealPath();
        }
        return parent != null && Files.exists(parent) ? parent.toRealPath().resolve(absolute.getFileName()) : absolute;
    }

    private synchronized @Nullable Void release() throws IOException {
        if (claimed != null) {
            WRITERS.remove(claimed, this);
        }
        if (file != null) {
            file.close();
        }
        return null;
    }

    private synchronized @Nullable Void write(Batch<Object> batch) throws IOException {
        length = 0;
        for (int i = 0; i < batch.size(); i++) {
            Object event = batch.get(i);
            if (event instanceof byte[] bytes) {
                add(bytes);
            } else if (event instanceof CharSequence text) {
                add(text.toString().getBytes(StandardCharsets.UTF_8));
            } else {
                batch.fail(i, wrongType(event));
            }
        }
        if (file != null) {
            file.append(lines, length);
        } else {
            // Not System.out, which swallows errors. It stays open.
            new FileOutputStream(FileDescriptor.out).write(lines, 0, length);
        }
        return null;
    }

    private void add(byte[] event) {
        int needed = Math.addExact(Math.addExact(length, event.length), 1);
        if (needed > lines.length) {
            lines = Arrays.copyOf(lines, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, 2L * lines.length)));
        }
        System.arraycopy(event, 0, lines, length, event.length);
        lines[needed - 1] = '\n';
        length = needed;
    }

    private IllegalArgumentException wrongType(Object event) {
        return new IllegalArgumentException("[" + config().name() + "] takes byte[] and text, was given a "
                + event.getClass().getName());
    }

    private Mono<Void> blocking(Callable<@Nullable Void> work) {
        return Mono.fromCallable(work)
                .onErrorMap(IOException.class, this::named)
                .subscribeOn(app().blocking());
    }

    private IOException named(IOException e) {
        String target = file == null ? "standard output" : "'" + path + "'";
        return new IOException("[" + config().name() + "] cannot write " + target + ": " + reason(e), e);
    }

    private static @Nullable String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "its directory does not exist";
        }
        if (e instanceof FileSystemException failure) {
            return failure.getReason() == null ? failure.getClass().getSimpleName() : failure.getReason();
        }
        return e.getMessage();
    }
}
