package io.bspump.ipc;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.TriggerSource;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/**
 * Runs a program once per cycle; each line of its standard output is an event, as {@code byte[]}. Its standard error goes to
 * the log, its standard input is empty. No shell is involved unless {@code shell} is on.
 *
 * <p>An exit code that is not among {@code ok_return_codes} is an error of the source, with the last lines of the standard
 * error; the pipeline then runs the program again by its retry policy. Delivery is at most once: a program does not know
 * what became of its lines. While the pipeline has no room the output is not read, and the program waits when the pipe is full.
 *
 * <p>When the pipeline stops, the program and its children are asked to end (SIGTERM) and are killed after {@code
 * stop_timeout}. Reads on threads that may block.
 */
public final class SubProcessSource extends TriggerSource<byte[]> {

    public static final Options OPTIONS = Options.of(
            Option.string("command")
                    .required()
                    .doc(
                            "The program and its arguments, separated by blanks, with quotes where needed, or a line each."),
            Option.bool("shell").defaultTo(false).doc("Whether the command is given to `/bin/sh -c` as it is."),
            Option.string("directory").defaultTo("").doc("Where it runs; in the directory of the pump if empty."),
            Option.size("max_line_size")
                    .alias("line_len_limit")
                    .between(1, 1_000_000_000)
                    .defaultTo("1MiB")
                    .doc("What no line may exceed; a longer one is an error."),
            Option.list("ok_return_codes").defaultTo("0").doc("The exit codes that are no error."),
            Option.duration("stop_timeout")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("5s")
                    .doc("How long it may take to end when it is asked to, before it is killed."));

    private static final Logger LOG = LoggerFactory.getLogger(SubProcessSource.class);
    private static final int OVERHEAD = 100;

    private final List<String> command;
    private final @Nullable File directory;
    private final int maxLine;
    private final List<Integer> okCodes;
    private final Duration stopTimeout;
    private volatile @Nullable Subprocess running;

    /** Creates a source whose id is {@code SubProcessSource}. */
    public SubProcessSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code SubProcessSource}
     * @param config values that go above the class's defaults and below the file
     */
    public SubProcessSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        command = command();
        String place = config().get("directory");
        directory = place.isEmpty() ? null : new File(place);
        maxLine = (int) config().getSize("max_line_size");
        okCodes =
                config().getList("ok_return_codes").stream().map(this::exitCode).toList();
        stopTimeout = config().getDuration("stop_timeout");
    }

    private List<String> command() {
        String text = config().get("command");
        if (config().getBoolean("shell")) {
            return List.of("/bin/sh", "-c", text);
        }
        List<String> words = Words.of(text);
        if (words == null) {
            throw new ConfigException(List.of(config().problem("command", "has a quote without its end")));
        }
        return words;
    }

    private int exitCode(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            String rule = "must be whole numbers, was '"
                    + config().shown("ok_return_codes").orElse("") + "'";
            throw new ConfigException(List.of(config().problem("ok_return_codes", rule)));
        }
    }

    @Override
    protected Flux<Emission<byte[]>> cycle() {
        return Flux.<Emission<byte[]>, Subprocess>generate(this::run, this::next, Subprocess::abandon)
                .subscribeOn(app().blocking())
                .doOnCancel(() -> kill().subscribe());
    }

    private Subprocess run() throws IOException {
        try {
            Subprocess begun = Subprocess.start(
                    app(),
                    command,
                    directory,
                    maxLine,
                    stopTimeout,
                    line -> LOG.info("[{}] {}: {}", config().name(), command.get(0), line));
            running = begun;
            return begun;
        } catch (IOException e) {
            throw failure(e.getMessage(), e);
        }
    }

    private Subprocess next(Subprocess process, SynchronousSink<Emission<byte[]>> sink) {
        try {
            byte[] line = process.line();
            if (line != null) {
                sink.next(new Emission<>(null, line, (long) line.length + OVERHEAD));
            } else {
                finish(process, sink);
            }
        } catch (IOException e) {
            sink.error(failure(String.valueOf(e.getMessage()), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            sink.error(e);
        }
        return process;
    }

    private void finish(Subprocess process, SynchronousSink<Emission<byte[]>> sink) throws InterruptedException {
        int code = process.exitCode();
        running = null;
        if (okCodes.contains(code) || process.isKilled()) {
            sink.complete();
            return;
        }
        String complaints = process.lastComplaints();
        String said = complaints.isEmpty() ? "" : ", having said: " + complaints;
        sink.error(failure("it ended with exit code " + code + said, null));
    }

    private IOException failure(@Nullable String reason, @Nullable Throwable cause) {
        String message = "[" + config().name() + "] ran '" + command.get(0) + "' in vain: " + reason;
        return new IOException(message, cause);
    }

    private Mono<Void> kill() {
        Subprocess last = running;
        return last == null ? Mono.empty() : last.kill();
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.defer(this::kill);
    }
}
