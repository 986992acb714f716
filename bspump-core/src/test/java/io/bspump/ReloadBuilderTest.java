package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.builder.PumpBuilder;
import io.bspump.lookup.DictionaryLookup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a definition describes is made again from it. */
@Timeout(60)
class ReloadBuilderTest extends ReloadFixture {

    private static final String DEFINITION =
            """
            lookups:
            - {id: L, module: io.bspump.lookup, class: DictionaryLookup, config: {source_url: "${general:dictionary}"}}
            pipelines:
            - id: P
              config: {max_in_flight: 7}
              sources:
              - {id: In, module: io.bspump.routing, class: InternalSource}
              processors: []
              sink: {module: io.bspump.sink, class: NullSink, id: Out}
            - id: Q
              sources:
              - {id: In, module: io.bspump.routing, class: InternalSource}
              processors: []
              sink: {module: io.bspump.sink, class: NullSink, id: Out}
            """;

    @Test
    void aPipelineIsMadeAgainFromItsDefinition() throws IOException {
        Path dictionary = Files.writeString(directory.resolve("one.json"), "{\"a\": 1}");
        Path definition = Files.writeString(
                directory.resolve("pump.yaml"), DEFINITION.replace("${general:dictionary}", dictionary.toString()));
        write("[general]\nstop_when_finished = no\n");
        Application app = application();
        new PumpBuilder(definition).constructPump(app);
        start(app);
        Pipeline q = app.pumpService().pipelines().get(1);
        Lookup l = app.pumpService().locateLookup("L");

        write(
                "[general]\nstop_when_finished = no\n[pipeline:P]\nretry_attempts = 3\n[pipeline:P:Out]\nconcurrency = 2\n");
        ReloadReport report = reload();

        assertThat(items(report)).containsExactly("[pipeline:P] rebuilt");
        Pipeline p = app.pumpService().pipelines().get(0);
        assertThat(p.config().getInt("max_in_flight")).isEqualTo(7);
        assertThat(p.config().getInt("retry_attempts")).isEqualTo(3);
        assertThat(p.stages().get(0).config().getInt("concurrency")).isEqualTo(2);
        assertThat(app.pumpService().pipelines().get(1)).isSameAs(q);
        until(() -> p.state() == PipelineState.RUNNING);

        Path two = Files.writeString(directory.resolve("two.json"), "{\"a\": 2}");
        write("[general]\nstop_when_finished = no\n[lookup:L]\nsource_url = " + two + "\n");
        assertThat(items(reload())).containsExactly("[lookup:L] updated", "[pipeline:P] rebuilt");
        assertThat(((DictionaryLookup) l).get("a")).isEqualTo(2);
    }
}
