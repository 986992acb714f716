package io.bspump.test;

import io.bspump.Application;
import io.bspump.BatchSink;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.Source;
import io.bspump.Stage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** An application that does not run: it puts test doubles into the pipelines that are built with it. */
final class TestApplication extends Application {

    private final TesterSetup setup;
    private final Consumer<Output> outputs;
    private final Set<Pipeline> pipelines = new LinkedHashSet<>();
    private final List<ScriptedSource> sources = new ArrayList<>();
    private final List<RecordingSink> sinks = new ArrayList<>();

    TestApplication(
            Scheduler lanes, Scheduler blocking, TesterSetup setup, Consumer<Output> outputs, List<String> arguments) {
        super(lanes, blocking, arguments.toArray(new String[0]));
        this.setup = setup;
        this.outputs = outputs;
    }

    @Override
    protected Source<?> wire(Source<?> source) {
        pipelines.add(source.pipeline());
        if (setup.keepsSources()) {
            return source;
        }
        boolean tested = source.pipeline().id().equals(Contract.PIPELINE);
        ScriptedSource scripted = new ScriptedSource(this, source, tested ? setup.sourceStart() : Mono.empty());
        sources.add(scripted);
        return scripted;
    }

    @Override
    protected Stage<?, ?> wire(Stage<?, ?> stage) {
        if (setup.keepsSinks() || !(stage instanceof Sink<?> || stage instanceof BatchSink<?>)) {
            return stage;
        }
        RecordingSink recording = new RecordingSink(this, stage, outputs);
        if (setup.holds()) {
            recording.hold();
        }
        sinks.add(recording);
        return recording;
    }

    Set<Pipeline> pipelines() {
        return pipelines;
    }

    List<ScriptedSource> sources() {
        return sources;
    }

    List<RecordingSink> sinks() {
        return sinks;
    }

    void startAll() {
        pipelines.forEach(pipeline -> startPipeline(pipeline).subscribe());
    }

    void stopAll() {
        pipelines.forEach(pipeline -> stopPipeline(pipeline).subscribe());
    }

    void cutAll() {
        pipelines.forEach(this::cutPipeline);
    }
}
