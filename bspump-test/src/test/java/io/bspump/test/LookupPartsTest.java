package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Stage;
import io.bspump.filter.ContentFilter;
import io.bspump.lookup.AsyncLookup;
import io.bspump.lookup.AsyncLookupEnricher;
import io.bspump.lookup.DictionaryLookup;
import io.bspump.lookup.LookupEnricher;
import io.bspump.lookup.MappingLookup;
import io.bspump.mapping.RenameFields;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Processors that add what lookups find keep the contracts. */
class LookupPartsTest {

    private static List<Map<String, Object>> maps() {
        return List.of(map("a", 1), map("a", 2), map("b", 1));
    }

    private static Map<String, Object> map(String field, int value) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(field, value);
        return map;
    }

    private static final class Numbers extends MappingLookup<String, Object> {
        Numbers(Application app) {
            super(app, "Numbers");
        }

        @Override
        protected Mono<Map<String, Object>> read() {
            return Mono.just(Map.of("1", "one", "2", "two"));
        }
    }

    @Nested
    class EventsAreEnriched extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            app.pumpService().addLookup(new Numbers(app));
            return new LookupEnricher(
                    app, pipeline, null, Map.of("lookup", "Numbers", "key", "a", "target", "x", "on_miss", "drop"));
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    private static final class Questions extends AsyncLookup<Object, Object> {
        Questions(Application app) {
            super(app, "Questions");
        }

        @Override
        protected Mono<Object> find(Object key) {
            Mono<Object> answer = key.equals(1) ? Mono.just("one") : Mono.empty();
            return answer.subscribeOn(app().blocking());
        }
    }

    @Nested
    class EventsAreEnrichedLater extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            app.pumpService().addLookup(new Questions(app));
            return new AsyncLookupEnricher(
                    app, pipeline, null, Map.of("lookup", "Questions", "key", "a", "target", "x"));
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    private static final class Access extends Pipeline {
        Access(Application app, String id) {
            super(app, id);
            build(
                    new IteratorSource<>(app, this, List.of()),
                    new ContentFilter(app, this),
                    new RenameFields(app, this),
                    new LookupEnricher(app, this),
                    new NullSink(app, this));
        }
    }

    @Test
    void partsAreConfiguredByTheFileAlone(@TempDir Path directory) throws IOException {
        Path hosts = Files.writeString(directory.resolve("hosts.jsonl"), "{\"ip\": \"1.2.3.4\", \"host\": \"web\"}\n");
        String configuration =
                """
                [lookup:Hosts]
                path = %s
                key = ip
                refresh = 1m

                [pipeline:Access:ContentFilter]
                query = {"status": {"$$gte": 500}}

                [pipeline:Access:RenameFields]
                fields =
                    remote addr -> client
                    ts -> time

                [pipeline:Access:LookupEnricher]
                lookup = Hosts
                key = client
                """
                        .formatted(hosts);
        try (PipelineTester tester = PipelineTester.setup()
                .configuration(configuration)
                .test(app -> {
                    app.pumpService().addLookup(new DictionaryLookup(app, "Hosts"));
                    return new Access(app, "Access");
                })) {
            tester.push(request("1.2.3.4", 500));
            tester.push(request("1.2.3.4", 200));
            tester.push(request("5.6.7.8", 501));
            assertThat(tester.events())
                    .isEqualTo(List.of(
                            Map.of("client", "1.2.3.4", "status", 500, "ip", "1.2.3.4", "host", "web"),
                            Map.of("client", "5.6.7.8", "status", 501)));

            Files.writeString(hosts, "{\"ip\": \"5.6.7.8\", \"host\": \"mail\"}\n");
            tester.advance(Duration.ofMinutes(1));
            tester.push(request("5.6.7.8", 502));
            assertThat(tester.events().get(2))
                    .isEqualTo(Map.of("client", "5.6.7.8", "status", 502, "ip", "5.6.7.8", "host", "mail"));
        }
    }

    private static Map<String, Object> request(String client, int status) {
        Map<String, Object> request = map("status", status);
        request.put("remote addr", client);
        return request;
    }
}
