package io.bspump.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Lookup;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

class LookupEnricherTest {

    @TempDir
    Path directory;

    private TestApp app;
    private Pipeline pipeline;

    private static final class Hosts extends MappingLookup<String, Object> {
        Hosts(Application app) {
            super(app, "Hosts", Map.of());
        }

        @Override
        protected Mono<Map<String, Object>> read() {
            return Mono.just(Map.of("web", Map.of("site", "Prague", "rack", 7), "404", "Not Found"));
        }
    }

    private static final class Names extends AsyncLookup<String, Object> {
        Names(Application app) {
            super(app, "Names");
        }

        @Override
        protected Mono<Object> find(String key) {
            return switch (key) {
                case "web" -> Mono.just(Map.of("site", "Prague", "rack", 7));
                case "bad" -> Mono.error(new IllegalStateException("planned"));
                default -> Mono.empty();
            };
        }
    }

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
        pipeline = app.pipeline("P");
        Hosts hosts = app.pumpService().addLookup(new Hosts(app));
        hosts.load().block(Duration.ofMinutes(1));
        app.pumpService().addLookup(new Names(app));
    }

    @AfterEach
    void close() {
        app.close();
    }

    private LookupEnricher enricher(String... more) {
        return new LookupEnricher(app, pipeline, "E", config("Hosts", more));
    }

    private AsyncLookupEnricher asyncEnricher(String... more) {
        return new AsyncLookupEnricher(app, pipeline, "E", config("Names", more));
    }

    private static Map<String, String> config(String lookup, String... more) {
        Map<String, String> config = new HashMap<>(Map.of("lookup", lookup, "key", "host"));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return config;
    }

    private static @Nullable Object process(LookupEnricher enricher, Object event) {
        return enricher.process(new Context(), event);
    }

    private static @Nullable Object process(AsyncLookupEnricher enricher, Object event) {
        return enricher.process(new Context(), event).block(Duration.ofMinutes(1));
    }

    private static Map<String, Object> event(Object host) {
        return new HashMap<>(Map.of("host", host));
    }

    @Test
    void whatIsFoundIsAddedToTheEventItself() {
        Map<String, Object> event = event("web");
        assertThat(process(enricher(), event))
                .isSameAs(event)
                .isEqualTo(Map.of("host", "web", "site", "Prague", "rack", 7));
        assertThat(process(asyncEnricher(), event("web")))
                .isEqualTo(Map.of("host", "web", "site", "Prague", "rack", 7));
    }

    @Test
    void whatIsFoundGoesToTheTarget() {
        assertThat(process(enricher("target", "place"), event("web")))
                .isEqualTo(Map.of("host", "web", "place", Map.of("site", "Prague", "rack", 7)));
        assertThat(process(asyncEnricher("target", "place"), event("web")))
                .isEqualTo(Map.of("host", "web", "place", Map.of("site", "Prague", "rack", 7)));
    }

    @Test
    void numbersAreFoundByTheirText() {
        assertThat(process(enricher("target", "text"), event(404))).isEqualTo(Map.of("host", 404, "text", "Not Found"));
        assertThat(process(enricher("target", "text"), event(405))).isEqualTo(Map.of("host", 405));
    }

    @Test
    void aMissPassesIsDroppedOrIsAnError() {
        assertThat(process(enricher(), event("x"))).isEqualTo(Map.of("host", "x"));
        assertThat(process(asyncEnricher(), event("x"))).isEqualTo(Map.of("host", "x"));
        assertThat(process(enricher("on_miss", "drop"), event("x"))).isNull();
        assertThat(process(asyncEnricher("on_miss", "drop"), event("x"))).isNull();
        assertThatThrownBy(() -> process(enricher("on_miss", "error"), event("x")))
                .hasMessage("[lookup:Hosts] has nothing for the value of field 'host'");
        assertThatThrownBy(() -> process(asyncEnricher("on_miss", "error"), event("x")))
                .hasMessage("[lookup:Names] has nothing for the value of field 'host'");
    }

    @Test
    void anEventWithoutTheFieldIsAMiss() {
        assertThat(process(enricher(), Map.of())).isEqualTo(Map.of());
        assertThat(process(asyncEnricher(), Map.of())).isEqualTo(Map.of());
        assertThat(process(enricher("on_miss", "drop"), Map.of())).isNull();
        assertThatThrownBy(() -> process(enricher("on_miss", "error"), Map.of()))
                .hasMessage("the event has no field 'host'");
    }

    @Test
    void saysWhatIsWrongWithAnEvent() {
        assertThatThrownBy(() -> process(enricher(), "web"))
                .hasMessage("the event must be a map, was a java.lang.String");
        assertThatThrownBy(() -> process(enricher(), Map.of("host", "web")))
                .hasMessageStartingWith("the event must be a map that can be changed, was a java.util.");
        assertThatThrownBy(() -> process(enricher(), event(404)))
                .hasMessage("what [lookup:Hosts] has for field 'host' is no map but a java.lang.String,"
                        + " so target must say which field it goes to");
    }

    @Test
    void aFailingLookupFailsTheEvent() {
        assertThatThrownBy(() -> process(asyncEnricher(), event("bad"))).hasMessage("planned");
    }

    @Test
    void theLookupMustBeThereAndOfTheKind() {
        assertRefused(
                "X",
                "must be the id of a lookup that was added before: there is no lookup with the id 'X'"
                        + " (known are Hosts, Names)");
        assertRefused(
                "Names",
                "must be the id of a lookup of the kind MappingLookup, 'Names' is a Names;"
                        + " AsyncLookupEnricher takes that");
        assertThatThrownBy(() -> new AsyncLookupEnricher(app, pipeline, "E", config("Hosts")))
                .hasMessageStartingWith("[pipeline:P:E] lookup must be the id of a lookup of the kind AsyncLookup,"
                        + " 'Hosts' is a Hosts; LookupEnricher takes that");
        assertRefused("", "is required");
    }

    private void assertRefused(String lookup, String rule) {
        assertThatThrownBy(() -> new LookupEnricher(app, pipeline, "E", config(lookup)))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("[pipeline:P:E] lookup " + rule);
    }

    @Test
    void aLookupCountsWhatItFinds() {
        LookupEnricher enricher = enricher("target", "t");
        process(enricher, event("web"));
        process(enricher, event(404));
        process(enricher, event("x"));
        process(enricher, Map.of());

        assertThat(meter("hits")).isEqualTo(2);
        assertThat(meter("misses")).isEqualTo(1);
        assertThat(app.meterRegistry()
                        .get("bspump.lookup.size")
                        .tag("lookup", "Hosts")
                        .gauge()
                        .value())
                .isEqualTo(2);
        Lookup removed = app.pumpService().removeLookup("Hosts");
        assertThat(app.meterRegistry()
                        .find("bspump.lookup.hits")
                        .tag("lookup", removed.id())
                        .meters())
                .isEmpty();
    }

    private double meter(String name) {
        return app.meterRegistry()
                .get("bspump.lookup." + name)
                .tag("lookup", "Hosts")
                .functionCounter()
                .count();
    }
}
