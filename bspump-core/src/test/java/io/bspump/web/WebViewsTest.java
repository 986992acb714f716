package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.lookup.MappingLookup;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

class WebViewsTest {

    @TempDir
    Path directory;

    static final AtomicBoolean BROKEN = new AtomicBoolean();

    static final class Counting extends Pipeline {
        Counting(Application app) {
            super(app, "Counting");
            build(new IteratorSource<>(app, this, List.of(1, 2, 3)), new Picky(app, this), new NullSink(app, this));
        }
    }

    static final class Picky extends Processor<Integer, Integer> {
        Picky(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected @Nullable Integer process(Context context, Integer event) {
            if (event == 2 && BROKEN.get()) {
                throw new IllegalStateException("two is too much");
            }
            return event;
        }
    }

    static final class Teams extends MappingLookup<String, Integer> {
        Teams(Application app) {
            super(app, "Teams");
        }

        @Override
        protected Mono<Map<String, Integer>> read() {
            return Mono.just(Map.of("a", 1));
        }
    }

    @Test
    void readyWhenPipelinesRunAndTheirConnectionsAreUp() {
        try (WebPump pump = WebPump.start(
                directory,
                "[connection:C]\ntype = lab\n[connection:Spare]\ntype = lab\nmode = refuse\n",
                made -> made.pumpService().addPipeline(new LabPipeline(made, "P", "C")))) {
            assertThat(pump.get("/livez").expect(200).body().toString()).isEqualTo("{\"status\":\"alive\"}");
            await().until(() -> pump.get("/readyz").status() == 200);
            assertThat(pump.get("/readyz").body().toString()).isEqualTo("{\"status\":\"ready\",\"reasons\":[]}");

            pump.post("/connections/C/disable", "").expect(200);

            assertThat(pump.get("/readyz").expect(503).body().toString())
                    .isEqualTo(
                            "{\"status\":\"not ready\",\"reasons\":[{\"connection\":\"C\",\"state\":\"disconnected\"}]}");
            pump.post("/connections/C/enable", "").expect(200);
            await().until(() -> pump.get("/readyz").status() == 200);
        }
    }

    @Test
    void pipelinesAreShownAndResumed() {
        BROKEN.set(true);
        try (WebPump pump =
                WebPump.start(directory, "", made -> made.pumpService().addPipeline(new Counting(made)))) {
            await().until(() -> pump.pumpService().pipelines().get(0).isError());
            JsonNode all = pump.get("/bspump/v1/pipelines").expect(200).body();
            JsonNode shown =
                    pump.get("/bspump/v1/pipelines/Counting").expect(200).body();
            assertThat(all.path("Counting").path("Id").asText()).isEqualTo("Counting");
            assertThat(shown.path("State").asText()).isEqualTo("ERROR");
            assertThat(shown.path("Lanes").path(0).asText()).isEqualTo("ERROR");
            assertThat(shown.path("Ready").asBoolean()).isFalse();
            assertThat(shown.path("Error").asText())
                    .isEqualTo("Picky: java.lang.IllegalStateException: two is too much");
            assertThat(shown.path("ErrorTimestamp").asText()).endsWith("Z");
            assertThat(shown.at("/Sources/0/Id").asText()).isEqualTo("IteratorSource");
            assertThat(shown.path("Processors").findValuesAsText("Id")).containsExactly("Picky", "NullSink");
            assertThat(shown.at("/Metrics/bspump.pipeline.error").asInt()).isEqualTo(1);
            assertThat(shown.at("/Processors/0/Metrics/bspump.pipeline.processor.event.in")
                            .asInt())
                    .isPositive();
            assertThat(pump.get("/readyz").expect(503).body().toString())
                    .contains("{\"pipeline\":\"Counting\",\"state\":\"error\"}");

            BROKEN.set(false);
            pump.post("/bspump/v1/pipelines/Counting/resume", "").expect(200);
            await().until(() -> !pump.pumpService().pipelines().get(0).isError());
        }
    }

    @Test
    void whatIsNotThereIsNamed() {
        try (WebPump pump = WebPump.start(directory, "[connection:C]\ntype = lab\n", made -> made.pumpService()
                .addPipeline(new LabPipeline(made, "P", "C")))) {
            assertThat(pump.get("/bspump/v1/pipelines/Q").expect(404).message())
                    .isEqualTo("there is no pipeline with the id 'Q'");
            assertThat(pump.get("/bspump/v1/lookup/L/meta").expect(404).message())
                    .isEqualTo("there is no lookup with the id 'L'");
            await().until(() -> pump.get("/readyz").status() == 200);
            assertThat(pump.post("/bspump/v1/pipelines/P/resume", "")
                            .expect(409)
                            .message())
                    .isEqualTo("[pipeline:P] has not been stopped by an error, its state is RUNNING");
        }
    }

    @Test
    void lookupsAndVersionAreShown() {
        try (WebPump pump =
                WebPump.start(directory, "", made -> made.pumpService().addLookup(new Teams(made)))) {
            JsonNode lookups = pump.get("/bspump/v1/lookup").expect(200).body();
            assertThat(lookups.at("/0/Id").asText()).isEqualTo("Teams");
            assertThat(pump.get("/bspump/v1/lookup/Teams/meta")
                            .expect(200)
                            .body()
                            .path("Class")
                            .asText())
                    .isEqualTo(Teams.class.getName());
            JsonNode manifest = pump.get("/bspump/v1/manifest").expect(200).body();
            assertThat(manifest.path("bspump").asText()).isEqualTo(Application.version());
            assertThat(manifest.path("LAUNCHED_AT").asText()).endsWith("Z");
        }
    }

    @Test
    void metersAreThereInBothDialectsAndInTheRegistryOfTheUser() {
        try (WebPump pump = WebPump.start(directory, "[connection:C]\ntype = lab\n", made -> {
            ((CompositeMeterRegistry) made.meterRegistry()).add(new SimpleMeterRegistry());
        })) {
            pump.awaitState("C", "CONNECTED");
            WebPump.Reply prometheus = pump.get("/metrics").expect(200);
            assertThat(prometheus.response().headers().firstValue("content-type"))
                    .contains("text/plain; version=0.0.4; charset=utf-8");
            assertThat(prometheus.response().body())
                    .contains("bspump_connection_status{connection=\"C\",type=\"LabConnection\"} 1.0");
            WebPump.Reply open = pump.send(
                            "GET", "/metrics", "", "accept", "application/openmetrics-text; version=1.0.0")
                    .expect(200);
            assertThat(open.response().headers().firstValue("content-type"))
                    .contains("application/openmetrics-text; version=1.0.0; charset=utf-8");
            assertThat(open.response().body()).endsWith("# EOF\n");
        }
    }

    @Test
    void theConfigurationIsReloaded() throws IOException {
        try (WebPump pump = WebPump.start(directory, "[connection:C]\ntype = lab\nsize = 2\n")) {
            pump.awaitState("C", "CONNECTED");
            pump.post("/connections", "{\"id\":\"Api\",\"typ\":\"lab\"}").expect(201);
            Path conf = directory.resolve("pipelines.conf");
            String text = Files.readString(conf);
            Files.writeString(conf, text.replace("size = 2", "size = 3"));

            assertThat(pump.post("/bspump/v1/reload", "").expect(200).body().toString())
                    .isEqualTo(
                            "{\"complete\":true,\"added\":[],\"changed\":[\"connection:C\"],\"removed\":[],\"items\":"
                                    + "[{\"section\":\"connection:C\",\"outcome\":\"updated\",\"reason\":\"\"}]}");
            assertThat(pump.get("/connections/C").body().at("/props/size").asText())
                    .isEqualTo("3");
            assertThat(pump.get("/connections/Api")
                            .expect(200)
                            .body()
                            .path("managedBy")
                            .asText())
                    .isEqualTo("api");

            Files.writeString(conf, text.replace("size = 2", "size = 30"));
            assertThat(pump.post("/bspump/v1/reload", "")
                            .expect(422)
                            .body()
                            .at("/problems/0")
                            .toString())
                    .isEqualTo("{\"section\":\"connection:C\",\"key\":\"size\",\"rule\":\"must be between 1 and 10\","
                            + "\"value\":\"30\",\"message\":\"size must be between 1 and 10, was '30'\",\"place\":\""
                            + conf + ":8\"}");
            assertThat(pump.get("/connections/C").body().at("/props/size").asText())
                    .isEqualTo("3");

            Files.writeString(conf, text + "[connection:Api]\ntype = lab\nsize = 7\n");
            pump.post("/bspump/v1/reload", "").expect(200);
            assertThat(pump.get("/connections/Api").body().path("managedBy").asText())
                    .isEqualTo("pipelines.conf");
            assertThat(pump.delete("/connections/Api").expect(409).code()).isEqualTo("managed_elsewhere");
        }
    }
}
