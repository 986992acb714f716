package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** What is to be different about a {@link PipelineTester}. Not thread-safe; good for one tester. */
public final class TesterSetup {

    private final List<String> overrides = new ArrayList<>();
    private String configuration = "";
    private boolean keepSources;
    private boolean keepSinks;
    private boolean hold;
    private Mono<Void> sourceStart = Mono.empty();

    TesterSetup() {}

    /** Sets the text of {@code pipelines.conf}. Defaults to an empty one; files of the working directory are not read. */
    public TesterSetup configuration(String text) {
        configuration = text;
        return this;
    }

    /** Sets values of a section as on the command line, above those of the text. May be called for several sections. */
    public TesterSetup configuration(String section, Map<String, ?> values) {
        values.forEach((key, value) -> {
            overrides.add("--set");
            overrides.add(section + ":" + key + "=" + value);
        });
        return this;
    }

    /** Leaves the sources as they are; nothing can be pushed. Triggers follow the tester's clock. */
    public TesterSetup keepSources() {
        keepSources = true;
        return this;
    }

    /** Leaves the sinks as they are; nothing is recorded. Their connections do not connect. */
    public TesterSetup keepSinks() {
        keepSinks = true;
        return this;
    }

    /** Makes all sinks keep events from the start on, as {@link PipelineTester#hold} does later. */
    public TesterSetup hold() {
        hold = true;
        return this;
    }

    /**
     * Makes the pipeline and starts it.
     *
     * @throws ConfigException with everything that is wrong with its configuration
     */
    public PipelineTester test(Function<? super Application, ? extends Pipeline> factory) {
        return new PipelineTester(this, app -> {
            Pipeline pipeline = factory.apply(app);
            if (!app.configuration().problems().isEmpty()) {
                throw new ConfigException(app.configuration().problems());
            }
            return pipeline;
        });
    }

    /** Sets what the scripted sources do when they are started. Defaults to nothing. */
    TesterSetup sourceStart(Mono<Void> start) {
        sourceStart = start;
        return this;
    }

    boolean keepsSources() {
        return keepSources;
    }

    boolean keepsSinks() {
        return keepSinks;
    }

    boolean holds() {
        return hold;
    }

    Mono<Void> sourceStart() {
        return sourceStart;
    }

    TestApplication application(Scheduler lanes, Scheduler blocking, Consumer<Output> outputs) {
        try {
            Path file = Files.createTempFile("pipelines", ".conf");
            try {
                Files.writeString(file, configuration);
                return application(lanes, blocking, outputs, file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot hand the configuration over in a temporary file", e);
        }
    }

    /** The same with a file that is there already, and may be read again. */
    TestApplication application(Scheduler lanes, Scheduler blocking, Consumer<Output> outputs, Path file) {
        List<String> arguments = new ArrayList<>(List.of("-c", file.toString()));
        arguments.addAll(overrides);
        return new TestApplication(lanes, blocking, this, outputs, arguments);
    }
}
