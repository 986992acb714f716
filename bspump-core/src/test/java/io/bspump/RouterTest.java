package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.TestPump.RecordingSink;
import io.bspump.TestPump.ScriptedSource;
import io.bspump.routing.DirectSource;
import io.bspump.routing.InternalSource;
import io.bspump.routing.RouterProcessor;
import io.bspump.routing.RouterSink;
import io.bspump.routing.TeeProcessor;
import io.bspump.routing.TeeSource;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Routing parts as the configuration and the constructors make them. */
class RouterTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();

    private static final class Feeder extends Pipeline {
        final ScriptedSource source;
        final RecordingSink sink;

        Feeder(Application app, BiFunction<Application, Pipeline, Stage<?, ?>> router) {
            super(app, "A");
            source = new ScriptedSource(app, this);
            Stage<?, ?> stage = router.apply(app, this);
            sink = new RecordingSink(app, this);
            if (stage.isSink()) {
                build(source, stage);
            } else {
                build(source, stage, sink);
            }
        }
    }

    private static final class Target extends Pipeline {
        final RecordingSink sink;

        Target(Application app, String id) {
            super(app, id);
            sink = new RecordingSink(app, this);
            build(new InternalSource<>(app, this), sink);
        }
    }

    private static <P extends Pipeline> P started(Application app, P pipeline) {
        app.pumpService().addPipeline(pipeline);
        pipeline.start().subscribe();
        return pipeline;
    }

    private Application app(Path directory, String configuration) throws IOException {
        Path conf = Files.writeString(directory.resolve("pipelines.conf"), configuration);
        return new Application(time, time, "-c", conf.toString()) {};
    }

    @Test
    void goesByTheTableOfTheConfiguration(@TempDir Path directory) throws IOException {
        Application app = app(
                directory,
                """
                [pipeline:A:RouterProcessor]
                key = kind
                routes = gold: Gold.*InternalSource,
                    silver:Silver
                """);
        Target gold = started(app, new Target(app, "Gold"));
        Target silver = started(app, new Target(app, "Silver"));
        Feeder a = started(app, new Feeder(app, RouterProcessor::new));
        Map<String, Object> one = Map.of("kind", "gold");
        Map<String, Object> two = Map.of("kind", "silver");
        Map<String, Object> three = Map.of("kind", "lead");
        for (Object event : List.of(one, two, three)) {
            a.source.push(event);
        }
        assertThat(gold.sink.events).containsExactly(one);
        assertThat(silver.sink.events).containsExactly(two);
        assertThat(a.sink.events).containsExactly(three);
        assertThat(a.source.settled).hasSize(3).allMatch(how -> how.endsWith(":DELIVERED"));
    }

    @Test
    void theKeyMayStandInTheContext() {
        Application app = new Application(time, time) {};
        Target b = started(app, new Target(app, "B"));
        Feeder a = started(
                app,
                new Feeder(
                        app,
                        (made, line) -> new RouterProcessor<Object>(
                                made,
                                line,
                                List.of(),
                                (context, event) -> context.put(
                                                "size", event.toString().length())
                                        .get("size"),
                                "Router",
                                Map.of("routes", "3: B"))));
        a.source.push("abc");
        a.source.push("ab");
        assertThat(b.sink.events).containsExactly("abc");
        assertThat(a.sink.events).containsExactly("ab");
    }

    @Test
    void aSinkHasNowhereElseToGo() {
        Application app = new Application(time, time) {};
        started(app, new Target(app, "B"));
        Feeder a = started(
                app,
                new Feeder(
                        app,
                        (made, line) ->
                                new RouterSink<>(made, line, "Router", Map.of("key", "kind", "routes", "gold: B"))));
        a.source.push(Map.of("kind", "lead"));
        assertThat(a.error().orElseThrow())
                .hasToString("Router: java.lang.IllegalArgumentException: there is no route for 'lead' and no default");
    }

    @Test
    void refusesATableThatCannotBe() {
        Application app = new Application(time, time) {};
        assertThatThrownBy(() -> new Feeder(
                        app,
                        (made, line) -> new RouterSink<>(made, line, "Router", Map.of("key", "k", "routes", "a b"))))
                .hasMessage("[pipeline:A:Router] routes must have the form 'key: target', was 'a b' (given in code)");
        assertThatThrownBy(() -> new Feeder(
                        app, (made, line) -> new RouterSink<>(made, line, "Router", Map.of("routes", "a: b"))))
                .hasMessageStartingWith("[pipeline:A:Router] key must be set, as there are routes");
    }

    @Test
    void sharesTheEventWhenItIsToldTo() {
        Application app = new Application(time, time) {};
        Target b = started(app, new Target(app, "B"));
        Feeder a = started(
                app,
                new Feeder(
                        app,
                        (made, line) ->
                                new TeeProcessor<>(made, line, "Tee", Map.of("targets", "B", "copy_event", "no"))));
        Object event = new byte[] {1};
        a.source.push(event);
        assertThat(b.sink.events.get(0)).isSameAs(event);
    }

    @Test
    void theFileSaysWhichTeesASourceIsBoundTo(@TempDir Path directory) throws IOException {
        Application app = app(directory, "[pipeline:L:TeeSource]\nbind = A.Tee\n");
        List<Object> seen = new ArrayList<>();
        started(app, new Pipeline(app, "L") {
            {
                RecordingSink sink = new RecordingSink(app(), this);
                build(
                        new TeeSource<>(app(), this).bind("Elsewhere.Tee"),
                        Processors.map(app(), this, "See", e -> {
                            seen.add(e);
                            return e;
                        }),
                        sink);
            }
        });
        Feeder a = started(app, new Feeder(app, (made, line) -> new TeeProcessor<>(made, line, "Tee", Map.of())));
        a.source.push(1);
        assertThat(seen).containsExactly(1);
    }

    @Test
    void aDirectSourceTakesAnEventAtOnceOrNotAtAll() {
        Application app = new Application(time, time) {};
        RecordingSink[] sink = new RecordingSink[1];
        Pipeline line = new Pipeline(app, "D") {
            {
                sink[0] = new RecordingSink(app(), this);
                build(new DirectSource<>(app(), this, "Direct", Map.of("capacity", 2)), sink[0]);
            }
        };
        List<String> ends = new ArrayList<>();
        Runnable put = () -> line.sources()
                .get(0)
                .put(new Context(), "event")
                .subscribe(how -> ends.add("" + how), e -> ends.add(e.getMessage()));
        put.run();
        assertThat(ends).containsExactly("D.*Direct takes no event: the pipeline is CREATED");
        line.start().subscribe();
        sink[0].holds = true;
        ends.clear();
        put.run();
        put.run();
        put.run();
        assertThat(ends).containsExactly("D.*Direct takes no event: it has 2 in hand");
        sink[0].confirm();
        put.run();
        sink[0].reject(new IllegalStateException("full"));
        put.run();
        assertThat(ends.subList(1, ends.size()))
                .containsExactly("DELIVERED", "D.*Direct takes no event: the pipeline is ERROR");
    }

    @Test
    void theApplicationEndsWhenItsFeedersHaveFinished() {
        Application app = new Application("--set", "logging:level=WARN");
        Pipeline feeder = app.pumpService().addPipeline(new Pipeline(app, "A") {
            {
                build(
                        new IteratorSource<>(app(), this, List.of(1, 2, 3)),
                        new RouterSink<>(app(), this, "Router", Map.of("default", "B")));
            }
        });
        List<Object> seen = new ArrayList<>();
        app.pumpService().addPipeline(new Pipeline(app, "B") {
            {
                build(
                        new InternalSource<>(app(), this),
                        Processors.map(app(), this, "See", e -> {
                            seen.add(e);
                            return e;
                        }),
                        new NullSink(app(), this));
            }
        });
        assertThat(app.run()).isZero();
        assertThat(feeder.state()).isEqualTo(PipelineState.FINISHED);
        assertThat(seen).containsExactly(1, 2, 3);
    }
}
