package io.bspump.file;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Writes each event to a file of its own: {@code byte[]} as they are, text in UTF-8. Events of other types fail, and so do those
 * whose context lacks what the name of the file is made of.
 *
 * <p>A file appears under its name when it is whole and on the disk ({@code fsync}), and then the event is delivered; until then
 * it is {@code .NAME.part}, which a failure removes and a crash leaves. Missing directories are made. An event that comes again
 * after a crash makes another file, {@code NAME.1}, unless {@code exists} says otherwise. Writes on threads that may block.
 *
 * <p>With {@code exists = rotate} the file that is there is put aside first, as {@code NAME-20261121T100000.000Z}, the time in
 * UTC; with {@code rotate_interval} only if it was written in an earlier period or has reached {@code rotate_size}, otherwise it
 * is replaced. So NAME is the latest event, and the older ones stand beside it.
 */
public final class FileBlockSink extends Sink<Object> {

    public static final Options OPTIONS = Options.of(
            Option.string("path")
                    .required()
                    .doc(
                            "The file to write; `{key}` stands for a value of the event's context, in which `/` becomes `_`."),
            Option.choice("exists", "number", "replace", "rotate", "error")
                    .defaultTo("number")
                    .doc("When the file exists: add a number to the name, replace it, put it aside, or fail."),
            Option.size("rotate_size")
                    .atLeast(0)
                    .defaultTo("0B")
                    .doc("With `exists = rotate`: the size from which a file is put aside and not replaced; 0: any,"
                            + " unless there is an interval."),
            Option.duration("rotate_interval")
                    .defaultTo("0s")
                    .doc("With `exists = rotate`: files are put aside that were written before the present period,"
                            + " counted from 1970-01-01 UTC; 0: none."),
            Rotation.KEEP,
            Rotation.GZIP,
            Option.bool("fsync")
                    .defaultTo(true)
                    .doc(
                            "Whether an event is confirmed when the disk has it; otherwise when the operating system has it."));

    private static final Pattern PLACE = Pattern.compile("\\{([^{}]+)}");

    private final String path;
    private final Existing exists;
    private final boolean fsync;

    private enum Existing {
        NUMBER,
        REPLACE,
        ROTATE,
        ERROR
    }

    /** Creates a sink whose id is {@code FileBlockSink}. */
    public FileBlockSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code FileBlockSink}
     * @param config values that go above the class's defaults and below the file
     */
    public FileBlockSink(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        path = config().get("path");
        exists = config().getEnum("exists", Existing.class);
        fsync = config().getBoolean("fsync");
    }

    @Override
    protected Optional<String> obstacleToLanes(int lanes) {
        boolean isOne = !PLACE.matcher(path).find();
        return isOne ? Optional.of("would write to '" + path + "' " + lanes + " times at once") : Optional.empty();
    }

    @Override
    protected Mono<Void> process(Context context, Object event) {
        byte[] block = bytes(event);
        Path target = Path.of(
                PLACE.matcher(path).replaceAll(match -> Matcher.quoteReplacement(value(context, match.group(1)))));
        return Mono.<Void>fromCallable(() -> {
                    write(target, block);
                    return null;
                })
                .onErrorMap(
                        IOException.class,
                        e -> new IOException(
                                "[" + config().name() + "] cannot write '" + target + "': " + AppendingSink.reason(e),
                                e))
                .subscribeOn(app().blocking());
    }

    private byte[] bytes(Object event) {
        if (event instanceof byte[] bytes) {
            return bytes;
        }
        if (event instanceof CharSequence text) {
            return text.toString().getBytes(StandardCharsets.UTF_8);
        }
        throw wrong("takes byte[] and text, was given a " + event.getClass().getName());
    }

    private String value(Context context, String key) {
        Object value = context.get(key);
        if (value == null) {
            throw wrong("needs '" + key + "' in the context for the path '" + path + "'");
        }
        String part = value.toString().replace('/', '_').replace('\0', '_');
        if (part.equals("..") || part.equals(".")) {
            throw wrong("cannot make a name of '" + key + "', which is '" + part + "'");
        }
        return part;
    }

    private IllegalArgumentException wrong(String how) {
        return new IllegalArgumentException("[" + config().name() + "] " + how);
    }

    /** One at a time: of two events for one name the second must see the file of the first. */
    private synchronized void write(Path wanted, byte[] block) throws IOException {
        Path target = wanted.toAbsolutePath();
        Path directory = target.resolveSibling(".").normalize();
        Files.createDirectories(directory);
        if (exists == Existing.ERROR && Files.exists(target)) {
            throw new IOException("it exists");
        }
        Path part = target.resolveSibling("." + target.getFileName() + ".part");
        try {
            fill(part, block);
            if (exists == Existing.ROTATE && Files.exists(target)) {
                rotate(target);
            }
            Files.move(
                    part,
                    exists == Existing.NUMBER ? free(target) : target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(part);
            throw e;
        }
        if (fsync) {
            try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
                entries.force(true);
            }
        }
    }

    private void rotate(Path target) throws IOException {
        long size = config().getSize("rotate_size");
        Duration interval = config().getDuration("rotate_interval");
        Rotation rotation = Rotation.always(config(), target, this::now, app().blocking());
        boolean any = size == 0 && interval.isZero();
        boolean large = size > 0 && Files.size(target) >= size;
        if (any
                || large
                || rotation.isOfAnotherPeriod(Files.getLastModifiedTime(target).toMillis())) {
            Files.move(target, rotation.target(), StandardCopyOption.ATOMIC_MOVE);
            rotation.rotated();
        }
    }

    private long now() {
        return app().blocking().now(TimeUnit.MILLISECONDS);
    }

    private void fill(Path part, byte[] block) throws IOException {
        try (FileOutputStream out = new FileOutputStream(part.toFile())) {
            out.write(block);
            if (fsync) {
                out.getFD().sync();
            }
        }
    }

    private static Path free(Path target) {
        Path path = target;
        for (int i = 1; Files.exists(path); i++) {
            path = target.resolveSibling(target.getFileName() + "." + i);
        }
        return path;
    }
}
