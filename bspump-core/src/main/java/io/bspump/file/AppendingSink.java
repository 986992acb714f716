package io.bspump.file;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.BatchSink;
import io.bspump.Pipeline;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.file.OutputFile.Tail;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Appends events to a file that may rotate, or writes them to standard output. How an event is written is for the subclass.
 */
abstract class AppendingSink<I> extends BatchSink<I> {

    public static final Options OPTIONS = Options.of(
            Option.string("path").defaultTo("-").doc("The file to append to; `-` is standard output."),
            Option.bool("fsync")
                    .defaultTo(true)
                    .doc(
                            "Whether a batch is confirmed when the disk has it; otherwise when the operating system has it."),
            Rotation.SIZE,
            Rotation.INTERVAL,
            Rotation.KEEP,
            Rotation.GZIP,
            Option.integer("batch_size")
                    .between(1, 10_000_000)
                    .defaultTo(5000)
                    .doc("Events after which a batch closes."),
            Option.duration("linger")
                    .defaultTo("10ms")
                    .doc("How long the first event of a batch waits for others at the most."));

    private static final String STANDARD_OUTPUT = "-";
    private static final Map<Path, AppendingSink<?>> WRITERS = new ConcurrentHashMap<>();

    private final String path;
    private final @Nullable Rotation rotation;
    private final @Nullable OutputFile file;

    // Guarded by this.
    private final Records records = new Records();
    private boolean hasPrinted;
    private @Nullable Path claimed;

    AppendingSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        path = config().get("path");
        Path place = path.equals(STANDARD_OUTPUT) ? null : Path.of(path);
        rotation = place == null
                ? null
                : Rotation.of(config(), place, () -> app.blocking().now(TimeUnit.MILLISECONDS), app.blocking());
        file = place == null ? null : new OutputFile(place, config().getBoolean("fsync"), tail(), rotation);
    }

    /** Returns what finds the end of the last whole record. Called by the constructor of this class. */
    abstract Tail tail();

    /** Adds the events, reporting those that cannot be written. Blocks. */
    abstract void write(Batch<I> batch, Records to) throws IOException;

    /** Returns what each file begins with. Called after the first {@link #write}. */
    byte[] header() throws IOException {
        return new byte[0];
    }

    /** Returns the beginning of the file as it is, at most so many bytes. Blocks. */
    final byte[] beginning(int length) throws IOException {
        return file == null ? new byte[0] : file.beginning(length);
    }

    @Override
    protected Mono<Void> start() {
        return file == null ? Mono.empty() : blocking(this::claim);
    }

    @Override
    protected Mono<Void> process(Batch<I> batch) {
        return blocking(() -> write(batch));
    }

    @Override
    protected Mono<Void> stop() {
        return file == null ? Mono.empty() : blocking(this::release);
    }

    private synchronized @Nullable Void claim() throws IOException {
        Path place = place();
        AppendingSink<?> other = WRITERS.putIfAbsent(place, this);
        if (other != null && other != this) {
            throw new IOException(other.address() + " writes to it already");
        }
        claimed = place;
        if (rotation != null && Files.isDirectory(place.resolveSibling("."))) {
            rotation.rotated();
        }
        return null;
    }

    @Override
    protected Optional<String> obstacleToLanes(int lanes) {
        boolean hasPlace = !path.equals(STANDARD_OUTPUT);
        return hasPlace ? Optional.of("would write to '" + path + "' " + lanes + " times at once") : Optional.empty();
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

    private synchronized @Nullable Void write(Batch<I> batch) throws IOException {
        records.clear();
        write(batch, records);
        if (records.length() == 0) {
            return null;
        }
        if (file != null) {
            file.append(header(), records.bytes(), records.length());
        } else {
            print();
        }
        return null;
    }

    private void print() throws IOException {
        // Not System.out, which swallows errors. It stays open.
        FileOutputStream out = new FileOutputStream(FileDescriptor.out);
        if (!hasPrinted) {
            out.write(header());
        }
        hasPrinted = true;
        out.write(records.bytes(), 0, records.length());
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

    static @Nullable String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "its directory does not exist";
        }
        if (e instanceof FileSystemException failure) {
            return failure.getReason() == null ? failure.getClass().getSimpleName() : failure.getReason();
        }
        return e.getMessage();
    }
}
