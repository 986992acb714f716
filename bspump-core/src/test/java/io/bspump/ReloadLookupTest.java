package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.lookup.AsyncLookup;
import io.bspump.lookup.DictionaryLookup;
import io.bspump.lookup.LookupEnricher;
import io.bspump.sink.NullSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

@Timeout(60)
class ReloadLookupTest extends ReloadFixture {

    private Path one;
    private Path two;

    @BeforeEach
    void dictionaries() throws IOException {
        one = Files.writeString(directory.resolve("one.json"), "{\"a\": \"one\"}");
        two = Files.writeString(directory.resolve("two.json"), "{\"a\": \"two\", \"b\": \"more\"}");
    }

    private static final class Enriched extends Pipeline {
        Enriched(Application app, String id) {
            super(app, id);
            build(
                    new SilentSource(app, this),
                    Processors.map(app, this, "Cast", (Object event) -> Map.<String, Object>of()),
                    new LookupEnricher(app, this),
                    new NullSink(app, this));
        }
    }

    private static final String ENRICHER = "[pipeline:P:LookupEnricher]\nlookup = L\nkey = k\ntarget = t\n";

    private static String lookup(Path file) {
        return "[lookup:L]\nsource_url = " + file + "\n";
    }

    @Test
    void aChangedLookupIsLoadedAndThoseWhoHaveTheOldOneGetItsData() {
        write(lookup(one));
        Application app = application();
        DictionaryLookup held = app.pumpService().addLookup(new DictionaryLookup(app, "L"));
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        assertThat(held.get("a")).isEqualTo("one");

        write(lookup(two));
        assertThat(items(reload())).containsExactly("[lookup:L] updated");

        DictionaryLookup now = (DictionaryLookup) app.pumpService().locateLookup("L");
        assertThat(now).isNotSameAs(held);
        assertThat(held.get("a")).isEqualTo("two");
        assertThat(held.size()).isEqualTo(2);
        assertThat(held.asMap()).isEqualTo(now.asMap());
        assertThat(app.meterRegistry().get("bspump.lookup.size").gauges())
                .singleElement()
                .satisfies(gauge -> assertThat(gauge.value()).isEqualTo(2));
        assertThat(app.meterRegistry()
                        .get("bspump.lookup.hits")
                        .functionCounter()
                        .count())
                .isEqualTo(1);

        write(lookup(one));
        reload();
        assertThat(held.get("a")).isEqualTo("one");
        assertThat(held.get("b")).isNull();
    }

    @Test
    void aLookupThatCannotBeLoadedKeepsTheOldOneAndItsConfiguration() {
        write(lookup(one) + ENRICHER);
        Application app = application();
        DictionaryLookup held = app.pumpService().addLookup("L", DictionaryLookup::new);
        app.pumpService().addPipeline(new Enriched(app, "P"));
        start(app);

        write(lookup(directory.resolve("three.json")) + ENRICHER + "on_miss = drop\n");
        ReloadReport report = reload();

        assertThat(report.problems()).isEmpty();
        assertThat(items(report)).hasSize(2);
        assertThat(items(report).get(0))
                .startsWith("[lookup:L] kept as it was: ")
                .contains("three.json");
        assertThat(items(report).get(1)).isEqualTo("[pipeline:P] rebuilt");
        assertThat(app.pumpService().locateLookup("L")).isSameAs(held);
        assertThat(held.get("a")).isEqualTo("one");
        assertThat(app.configuration().section("lookup:L").get("source_url")).isEqualTo(one.toString());
        assertThat(app.meterRegistry().get("bspump.lookup.size").gauge().value())
                .isEqualTo(1);
    }

    /** Answers with what its section says. */
    static final class Saying extends AsyncLookup<String, String> {
        public static final Options OPTIONS =
                Options.of(Option.string("answer").required().doc("What it says."));

        Saying(Application app, String id) {
            super(app, id);
        }

        @Override
        protected Mono<String> find(String key) {
            return Mono.just(config().get("answer"));
        }
    }

    @Test
    void anAsynchronousLookupForgetsAndAsksTheNewOne() {
        write("[lookup:L]\nanswer = yes\n");
        Application app = application();
        Saying held = app.pumpService().addLookup(new Saying(app, "L"));
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        assertThat(held.get("x").block()).isEqualTo("yes");

        write("[lookup:L]\nanswer = no\n");
        reload();

        assertThat(held.get("x").block()).isEqualTo("no");
    }

    private static final class Plain extends Lookup {
        Plain(Application app, String id) {
            super(app, id);
        }

        @Override
        protected Mono<Void> load() {
            return Mono.empty();
        }
    }

    @Test
    void aLookupThatCannotLeadToAnotherOneTakesEffectAfterARestart() {
        write("[lookup:L]\noptional = no\n");
        Application app = application();
        Plain held = app.pumpService().addLookup(new Plain(app, "L"));
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);

        write("[lookup:L]\noptional = yes\n");

        assertThat(items(reload())).isEqualTo(List.of("[lookup:L] takes effect after a restart"));
        assertThat(app.pumpService().locateLookup("L")).isSameAs(held);
    }
}
