package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** An application that runs, with all meters on, and runs one pipeline after the other to its end. */
final class RunningPump {

    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final Application app;
    private final Thread main;

    /**
     * @param args further arguments of the application
     */
    RunningPump(String... args) {
        String[] own = {"--set", "logging:level=WARN", "--set", "general:stop_when_finished=no"};
        app = new Application(Stream.of(own, args).flatMap(Stream::of).toArray(String[]::new));
        main = new Thread(app::run, "main");
    }

    void start() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        app.pubSub().subscribe("Application.run!", message -> running.countDown());
        main.start();
        running.await();
    }

    /** Runs a pipeline until its sources have ended and everything has settled. */
    void run(Function<Application, Pipeline> made) {
        Pipeline pipeline = app.pumpService().addPipeline(made.apply(app));
        pipeline.finished().block(LIMIT);
        if (pipeline.state() != PipelineState.FINISHED) {
            throw new IllegalStateException(pipeline.id() + " is " + pipeline.state() + ", " + pipeline.error());
        }
        app.pumpService().removePipeline(pipeline.id()).block(LIMIT);
    }

    /** Runs a pipeline beside those that are measured. */
    void add(Function<Application, Pipeline> made) {
        app.pumpService().addPipeline(made.apply(app));
    }

    /** The same with a pipeline that may have several lanes. */
    void add(String id, BiFunction<Application, String, Pipeline> factory) {
        app.pumpService().addPipeline(id, factory);
    }

    /** Adds a connection, which is connected when this runs. */
    void addConnection(Function<Application, Connection> made) {
        app.pumpService().addConnection(made.apply(app));
    }

    /** Adds a connection and waits until it is connected. */
    void connect(Function<Application, Connection> made) {
        app.pumpService().addConnection(made.apply(app)).ready().block(LIMIT);
    }

    void stop() throws InterruptedException {
        app.stop();
        main.join();
    }
}
