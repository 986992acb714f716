package io.bspump.file;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Position;
import io.bspump.Replayable;
import io.bspump.Settlement;
import io.bspump.StoredPositions;
import io.bspump.TriggerSource;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.file.Catalogue.Order;
import io.bspump.file.Catalogue.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/**
 * Reads files: finds them, remembers up to where their events have settled, reads on there, and puts them away when all has
 * settled. What is an event in them is for the subclass.
 */
abstract class FileSource<O> extends TriggerSource<O> implements Replayable {

    public static final Options OPTIONS = Options.of(
            Option.string("path")
                    .defaultTo("-")
                    .doc(
                            "The files to read: paths, or patterns with `*`, `?`, `[abc]`, `{a,b}` and `**`, joined by `:`; `-` is standard input."),
            Option.string("include")
                    .defaultTo("")
                    .doc("A pattern that the whole path must match; here `*` stands for slashes too."),
            Option.string("exclude").defaultTo("").doc("A pattern that the whole path must not match."),
            Option.choice("order", "name", "time")
                    .defaultTo("name")
                    .doc("Whether files are read by name, or the one that was written to longest ago first."),
            Option.duration("min_age")
                    .defaultTo("0s")
                    .doc("New files that were written to more recently are left for later."),
            Option.bool("follow")
                    .defaultTo(false)
                    .doc("Whether to go on at the end and wait for what is appended, and for new files."),
            Option.duration("poll_interval")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("1s")
                    .doc("How often it is looked for that."),
            Option.choice("post", "noop", "mark", "move", "delete")
                    .defaultTo("noop")
                    .doc(
                            "What is done with a file once all of it has settled: nothing, `-processed` added to its name, moved to `move_destination`, deleted."),
            Option.string("move_destination")
                    .defaultTo("")
                    .doc("The directory to move files to; made when it is missing. Without it `move` is `mark`."),
            Option.duration("commit_interval")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("1s")
                    .doc("How often the position is saved while it moves."));

    private static final String STANDARD_INPUT = "-";
    private static final Duration NEVER = Duration.ofMillis(Long.MAX_VALUE);
    private static final Duration QUIET = Duration.ofSeconds(10);

    private final String path;
    private final boolean follows;
    private final AfterReading after;
    private final StandardInput<O> standardInput;

    /** Null before the start, and for standard input. */
    private volatile @Nullable Progress progress;

    // Confined to the lane; null unless the sink keeps the positions.
    private @Nullable StoredPositions stored;
    private @Nullable StoredFiles files;

    FileSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        path = config().get("path");
        follows = config().getBoolean("follow") && !isStandardInput();
        String destination = config().get("move_destination");
        after = new AfterReading(
                config().getEnum("post", AfterReading.Kind.class), destination.isEmpty() ? null : Path.of(destination));
        standardInput = new StandardInput<>(this::cutter);
    }

    /** Returns what cuts the content from an offset on, where an event ends. Blocks. */
    abstract Cutter<O> cutter(Content content, long offset) throws IOException;

    /** Whether each file is one event. */
    boolean isWhole() {
        return false;
    }

    /** Returns after how long without a change an event that could go on is complete. */
    Duration idle() {
        return NEVER;
    }

    @Override
    protected Mono<Void> start() {
        if (isStandardInput()) {
            return Mono.empty();
        }
        StoredPositions elsewhere = stored;
        if (elsewhere == null) {
            return blocking(() -> remember((catalogue, own) -> catalogue.remember(own.load())));
        }
        StoredFiles fresh = new StoredFiles(this, app().blocking());
        files = fresh;
        return elsewhere
                .read(name -> true)
                .flatMap(known -> blocking(() -> remember((catalogue, own) -> fresh.remember(known, catalogue))));
    }

    @Override
    protected Mono<Void> stop() {
        Progress begun = progress;
        return begun == null ? Mono.empty() : blocking(begun::close);
    }

    /** Has the catalogue know what is known from former lives. */
    @FunctionalInterface
    private interface Memory {
        void fill(Catalogue catalogue, PositionFile own) throws IOException;
    }

    private void remember(Memory memory) throws IOException {
        Path directory = app().varDir().resolve("positions");
        PositionFile remembered = new PositionFile(directory.resolve(address().replace("*", "") + ".json"));
        remembered.prepare();
        Catalogue catalogue = catalogue();
        memory.fill(catalogue, remembered);
        Progress begun = progress;
        if (begun != null) {
            begun.close(); // another source of the pipeline did not start, and now all start again
        }
        progress = new Progress(
                remembered,
                catalogue,
                after,
                config().name(),
                app().blocking(),
                config().getDuration("commit_interval"));
    }

    private Catalogue catalogue() {
        FilePattern pattern = new FilePattern(path, config().get("include"), config().get("exclude"));
        Settings settings =
                new Settings(follows || isTriggered(), follows, config().getDuration("min_age"), QUIET, idle());
        return new Catalogue(
                config().name(), pattern, config().getEnum("order", Order.class), settings, () -> app().blocking()
                        .now(TimeUnit.MILLISECONDS));
    }

    @Override
    protected Flux<Emission<O>> cycle() {
        Flux<Emission<O>> pass =
                Flux.<Emission<O>, Reading<O>>generate(this::open, this::next).subscribeOn(app().blocking());
        if (!follows || isTriggered()) {
            return pass;
        }
        Duration interval = config().getDuration("poll_interval");
        return pass.repeatWhen(passed -> passed.delayElements(interval, app().blocking()));
    }

    private Reading<O> open() throws IOException {
        Progress current = progress;
        if (current == null) {
            return standardInput;
        }
        try {
            boolean waits = (follows || isTriggered()) && after.isNothing() && !isWhole();
            return new Pass<>(current, this::cutter, waits, isWhole());
        } catch (IOException e) {
            throw named(e);
        }
    }

    private Reading<O> next(Reading<O> reading, SynchronousSink<Emission<O>> sink) {
        try {
            Piece<O> piece = reading.next();
            if (piece != null) {
                sink.next(piece);
            } else {
                saveWhatHasSettled();
                sink.complete();
            }
        } catch (IOException e) {
            saveWhatHasSettled();
            sink.error(named(e));
        }
        return reading;
    }

    private void saveWhatHasSettled() {
        Progress current = progress;
        if (current != null) {
            current.trySave();
        }
    }

    private IOException named(IOException e) {
        String file = e instanceof ReadFailure one ? one.file() : path;
        return new IOException("[" + config().name() + "] cannot read '" + file + "': " + e.getMessage(), e);
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        if (!(emission instanceof Piece<?> piece)) {
            return;
        }
        StoredFiles elsewhere = files;
        if (elsewhere == null) {
            piece.settled();
        } else {
            elsewhere.settled(piece);
        }
    }

    @Override
    public void readFrom(StoredPositions from) {
        stored = from;
    }

    @Override
    public Mono<List<Position>> positions() {
        return files == null ? Mono.just(List.of()) : files.take();
    }

    @Override
    public void committed(List<Position> positions) {
        StoredFiles.committed(positions);
    }

    @Override
    public Optional<String> obstacle() {
        return isStandardInput()
                ? Optional.of(id() + " reads standard input, which cannot be read again")
                : Optional.empty();
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
