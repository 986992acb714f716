package io.bspump.file;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Partition;
import io.bspump.Pipeline;
import io.bspump.Settlement;
import io.bspump.TriggerSource;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/**
 * Reads a file, or standard input, line by line. An event is a line's bytes without its end, LF or CR LF. The context
 * holds {@code filename}, the path as it is configured.
 *
 * <p>Without a trigger it reads to the end of the file and ends; what stands behind the last LF is a line too. With
 * triggers each cycle reads what was appended since the last one, and a line that has no end yet waits for a later cycle.
 * Standard input ends when it is closed.
 *
 * <p>It remembers below {@code [general] var_dir} up to where all lines have settled, and goes on there when it is started
 * again: each line is delivered at least once, and those of the last {@code commit_interval} before a crash come again. A
 * file that is another one than before (replaced, truncated, or its first 1024 bytes changed) is read from its beginning,
 * with a warning that says why. Standard input has no position: lines that were read and not delivered are gone.
 *
 * <p>A file that is missing or cannot be read, a line that is too long, and a position that cannot be saved are errors of
 * the source, which the pipeline retries by its policy. Reads on threads that may block, on demand.
 */
public final class FileLineSource extends TriggerSource<byte[]> {

    public static final Options OPTIONS = Options.of(
            Option.string("path").defaultTo("-").doc("The file to read; `-` is standard input."),
            Option.size("max_line_size")
                    .between(1, 1_000_000_000)
                    .defaultTo("16MB")
                    .doc("What no line may exceed; a longer one is an error."),
            Option.duration("commit_interval")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("1s")
                    .doc("How often the position is saved while it moves."));

    private static final Logger LOG = LoggerFactory.getLogger(FileLineSource.class);
    private static final String STANDARD_INPUT = "-";

    /**
     * Lines that are cut before the first of them is emitted. Lines that were emitted as they are cut would wake the lane
     * for each, and both threads would spend their time on that.
     */
    private static final int BURST = 2048;

    private final String path;
    private final int maxLine;
    private final Duration commitInterval;
    private final Map<String, Object> values;
    // One for all cycles: a cycle may begin before the events of the last one have settled.
    private final Partition partition = new Partition();

    // Cycles follow one another, and their signals order what they do to these.
    private @Nullable FilePosition read;
    private @Nullable LineReader standardInput;

    /** Null before the start, and for standard input. */
    private volatile @Nullable Progress progress;

    /** Creates a source whose id is {@code FileLineSource}. */
    public FileLineSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileLineSource}
     * @param config values that go above the class's defaults and below the file
     */
    public FileLineSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        path = config().get("path");
        maxLine = (int) config().getSize("max_line_size");
        commitInterval = config().getDuration("commit_interval");
        values = Map.of("filename", path);
    }

    /** What a cycle reads. */
    private static final class Reading {

        private final @Nullable InputFile file;
        private final LineReader lines;
        /** Lines that have been cut and not emitted. None is left when the reading ends, unless it is cancelled. */
        private final @Nullable Line[] ready = new Line[BURST];

        private int from;
        private int to;

        private boolean closed;

        Reading(@Nullable InputFile file, LineReader lines) {
            this.file = file;
            this.lines = lines;
        }

        @Nullable
        Line take() {
            if (from == to) {
                return null;
            }
            Line line = ready[from];
            ready[from++] = null;
            return line;
        }
    }

    @Override
    protected Mono<Void> start() {
        return isStandardInput() ? Mono.empty() : blocking(this::remember);
    }

    @Override
    protected Mono<Void> stop() {
        Progress begun = progress;
        return begun == null ? Mono.empty() : blocking(begun::close);
    }

    private void remember() throws IOException {
        Path directory = app().varDir().resolve("positions");
        PositionFile remembered = new PositionFile(directory.resolve(address().replace("*", "") + ".json"));
        remembered.prepare();
        read = remembered.load();
        Progress begun = progress;
        if (begun != null) {
            begun.close(); // another source of the pipeline did not start, and now all start again
        }
        progress = new Progress(remembered, config().name(), app().blocking(), commitInterval);
    }

    @Override
    protected Flux<Emission<byte[]>> cycle() {
        return Flux.<Emission<byte[]>, Reading>generate(this::open, this::next, this::abandon)
                .subscribeOn(app().blocking());
    }

    private Reading open() throws IOException {
        try {
            return begin();
        } catch (IOException e) {
            throw named(e);
        }
    }

    private Reading begin() throws IOException {
        if (isStandardInput()) {
            LineReader lines = standardInput == null ? new LineReader(System.in, 0, maxLine) : standardInput;
            standardInput = lines;
            return new Reading(null, lines);
        }
        Progress saved = progress;
        if (saved != null) {
            saved.save();
        }
        InputFile file = InputFile.open(Path.of(path));
        long offset = beginning(file);
        return new Reading(file, new LineReader(file.from(offset), offset, maxLine));
    }

    private long beginning(InputFile file) {
        FilePosition remembered = read;
        if (remembered == null) {
            return 0;
        }
        return file.contradiction(remembered)
                .map(reason -> {
                    LOG.warn("[{}] reads '{}' from its beginning: {}", config().name(), path, reason);
                    return 0L;
                })
                .orElse(remembered.offset());
    }

    private Reading next(Reading reading, SynchronousSink<Emission<byte[]>> sink) {
        try {
            if (reading.from == reading.to) {
                fill(reading);
            }
            Line line = reading.take();
            if (line != null) {
                sink.next(line);
            } else {
                close(reading);
                sink.complete();
            }
        } catch (IOException e) {
            close(reading, e);
            sink.error(named(e));
        }
        return reading;
    }

    private void fill(Reading reading) throws IOException {
        Progress saved = progress;
        if (saved != null) {
            saved.throwFailure();
        }
        LineReader lines = reading.lines;
        reading.from = 0;
        reading.to = 0;
        byte[] line = lines.next();
        if (line == null && (!isTriggered() || isStandardInput())) {
            line = lines.tail();
        }
        while (line != null) {
            Partition order = reading.file == null ? null : partition;
            reading.ready[reading.to++] = new Line(order, line, values, reading.file, lines.offset());
            line = reading.to < BURST ? lines.nextWithoutReading() : null;
        }
    }

    private void close(Reading reading) throws IOException {
        reading.closed = true;
        InputFile file = reading.file;
        if (file != null) {
            read = file.at(reading.lines.offset());
            file.close();
        }
        Progress saved = progress;
        if (saved != null) {
            saved.trySave();
        }
    }

    private void close(Reading reading, IOException reason) {
        try {
            close(reading);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /** Closes what was cancelled, on whatever thread. */
    private void abandon(Reading reading) {
        InputFile file = reading.file;
        if (file != null && !reading.closed) {
            app().blocking().schedule(() -> {
                try {
                    file.close();
                } catch (IOException e) {
                    LOG.warn("[{}] could not close '{}': {}", config().name(), path, e.toString());
                }
            });
        }
    }

    private IOException named(IOException e) {
        return new IOException("[" + config().name() + "] cannot read '" + path + "': " + e.getMessage(), e);
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        Progress saved = progress;
        if (saved != null && emission instanceof Line line) {
            saved.settled(line);
        }
    }

    private boolean isStandardInput() {
        return path.equals(STANDARD_INPUT);
    }

    /** Something that may block and fail. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private Mono<Void> blocking(Work work) {
        return Mono.<Void>fromCallable(() -> {
                    work.run();
                    return null;
                })
                .onErrorMap(IOException.class, this::named)
                .subscribeOn(app().blocking());
    }
}
