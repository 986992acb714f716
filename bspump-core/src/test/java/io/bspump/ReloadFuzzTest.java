package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.ReloadReport.Outcome;
import io.bspump.lookup.DictionaryLookup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;

/** Whatever is written into the file: after a reload the pump is what it would be after a restart. */
@Timeout(240)
class ReloadFuzzTest extends ReloadFixture {

    private static final int EDITS = 300;

    private final long seed = Long.getLong("bspump.fuzz.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final DisposableServer server = TcpServer.create()
            .host("127.0.0.1")
            .handle((in, out) -> out.send(in.receive().retain()))
            .bindNow(LIMIT);
    private final Scheduler otherLanes = Schedulers.newParallel("fresh-lane", 2, true);
    private final Scheduler otherBlocking = Schedulers.newBoundedElastic(8, 1000, "fresh-blocking", 5, true);

    @AfterEach
    void closeServer() {
        server.disposeNow(LIMIT);
        otherLanes.dispose();
        otherBlocking.dispose();
    }

    /** The file: its sections, their keys and values. */
    private Map<String, Map<String, String>> sections = new LinkedHashMap<>();

    private static final class Linked extends Pipeline {
        Linked(Application app, String id) {
            super(app, id);
            build(new SilentSource(app, this), new EchoSink(app, this));
        }
    }

    static final class EchoSink extends Sink<Object> {
        public static final io.bspump.config.Options OPTIONS =
                io.bspump.config.Options.of(ConnectionReference.CONNECTION);

        EchoSink(Application app, Pipeline pipeline) {
            super(app, pipeline, "Sink", Map.of());
            if (config().contains("connection")) {
                connection(EchoConnection.class, null);
            }
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            return Mono.empty();
        }
    }

    private static void make(Application app) {
        for (String id : List.of("L1", "L2")) {
            app.pumpService().addLookup(id, DictionaryLookup::new);
        }
        app.pumpService().addPipeline(new Linked(app, "P1"));
        app.pumpService().addPipeline("P2", Linked::new);
        app.pumpService().addPipeline("P3", Linked::new);
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        sections.forEach((name, keys) -> {
            text.append('[').append(name).append("]\n");
            keys.forEach(
                    (key, value) -> text.append(key).append(" = ").append(value).append('\n'));
        });
        return text.toString();
    }

    private static Map<String, Map<String, String>> copy(Map<String, Map<String, String>> from) {
        Map<String, Map<String, String>> copy = new LinkedHashMap<>();
        from.forEach((name, keys) -> copy.put(name, new LinkedHashMap<>(keys)));
        return copy;
    }

    private Map<String, String> keys(String section) {
        return sections.computeIfAbsent(section, name -> new LinkedHashMap<>());
    }

    private String connection() {
        return "connection:C" + (1 + random.nextInt(4));
    }

    private String pipeline() {
        return "pipeline:P" + (1 + random.nextInt(3));
    }

    private void edit() {
        switch (random.nextInt(12)) {
            case 0, 1 -> addOrRemove(connection());
            case 2, 3 -> change(connection());
            case 4, 5 -> keys(pipeline()).put("max_in_flight", Integer.toString(1 + random.nextInt(1000)));
            case 6 -> keys(pipeline() + ":Sink").put("connection", "C" + (1 + random.nextInt(4)));
            case 7 -> sections.remove(pipeline() + ":Sink");
            case 8 -> sections.remove(pipeline());
            case 9 -> keys("lookup:L" + (1 + random.nextInt(2))).put("source_url", dictionary(random.nextInt(4)));
            case 10 -> keys("general").put("tick_period", (1 + random.nextInt(5)) + "s");
            default -> spoil();
        }
    }

    private void addOrRemove(String section) {
        if (sections.remove(section) == null) {
            keys(section).putAll(Map.of("type", "echo", "port", Integer.toString(server.port())));
        }
    }

    private void change(String section) {
        if (sections.containsKey(section)) {
            boolean reachable = random.nextInt(4) > 0;
            keys(section).put("ping_interval", (1 + random.nextInt(50)) + "s");
            keys(section).put("port", reachable ? Integer.toString(server.port()) : "1");
            keys(section).put("connect_timeout", reachable ? "10s" : "200ms");
        }
    }

    private String dictionary(int which) {
        return directory.resolve("d" + which + ".json").toString();
    }

    private void spoil() {
        switch (random.nextInt(5)) {
            case 0 -> keys(pipeline()).put("max_in_fligt", "1");
            case 1 -> keys(connection()).put("port", "many");
            case 2 -> keys("connection:Odd").put("type", "ecco");
            case 3 -> keys("nobody").put("x", "${UNSET_VARIABLE}");
            default -> keys(pipeline()).put("\n  broken [", "1");
        }
    }

    @Test
    void isWhatItWouldBeAfterARestart() throws Exception {
        for (int i = 0; i < 3; i++) { // the last one is missing
            Files.writeString(Path.of(dictionary(i)), "{\"a\": " + i + (i == 0 ? "" : ", \"b\": 1") + "}");
        }
        keys("lookup:L1").put("source_url", dictionary(0));
        keys("lookup:L2").put("source_url", dictionary(1));
        keys("logging").put("levels", "io.bspump OFF");
        write(text());
        Application app = application();
        make(app);
        start(app);
        int refused = 0;
        int kept = 0;
        for (int i = 0; i < EDITS; i++) {
            Map<String, Map<String, String>> before = copy(sections);
            edit();
            write(text());
            boolean bad = checkFails();
            ReloadReport report = reload();
            String where = "seed " + seed + ", edit " + i + "\n" + text() + report;
            assertThat(report.isRefused()).as(where).isEqualTo(bad);
            boolean rolledBack = report.items().stream().anyMatch(item -> item.outcome() == Outcome.KEPT);
            refused += bad ? 1 : 0;
            kept += rolledBack ? 1 : 0;
            if (bad || rolledBack) {
                sections = before;
                write(text());
            }
            compare(app, where);
        }
        LoggerFactory.getLogger("fuzz")
                .info("seed {}, edits {}, refused {}, rolled back {}", seed, EDITS, refused, kept);
        assertThat(refused).isBetween(1, EDITS / 2);
        assertThat(kept).isPositive();
    }

    private Application fresh(String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("-c", directory.resolve("pipelines.conf").toString()));
        arguments.addAll(List.of(more));
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        return new Application(
                otherLanes, otherBlocking, false, new Console(nowhere, nowhere), arguments.toArray(new String[0]));
    }

    private boolean checkFails() {
        Application checked = fresh("--check");
        try {
            make(checked);
        } catch (RuntimeException e) {
            return true;
        }
        return checked.run() != 0;
    }

    private void compare(Application app, String where) throws IOException, InterruptedException {
        Application restarted = fresh();
        make(restarted);
        Thread main = new Thread(restarted::run, "fresh-main");
        main.setDaemon(true);
        main.start();
        try {
            until(restarted::isRunning);
            Awaitility.await(where)
                    .atMost(LIMIT)
                    .pollInterval(2, TimeUnit.MILLISECONDS)
                    .untilAsserted(() -> assertThat(state(app)).isEqualTo(state(restarted)));
        } finally {
            restarted.stop();
            main.join();
        }
    }

    /** All that is alive, with the configuration that it has. */
    private static Map<String, Object> state(Application app) {
        Map<String, Object> state = new TreeMap<>();
        PumpService pumps = app.pumpService();
        for (Connection connection : pumps.connections()) {
            state.put(
                    "connection " + connection.id(),
                    connection.getClass() + " " + connection.status().state() + " "
                            + texts(connection.config()) + " "
                            + new TreeSet<>(pumps.references(connection.id()).stream()
                                    .map(ConnectionReference::referrer)
                                    .toList()));
        }
        state.put("own connections", pumps.anonymousConnections());
        for (Pipeline pipeline : pumps.pipelines()) {
            List<Object> parts = new ArrayList<>(List.of(pipeline.state(), texts(pipeline.config())));
            pipeline.components().forEach(part -> parts.add(part.address() + " " + texts(part.config())));
            state.put("pipeline " + pipeline.id(), parts);
        }
        for (Lookup lookup : pumps.lookups()) {
            state.put("lookup " + lookup.id(), ((DictionaryLookup) lookup).asMap());
        }
        List<String> meters = app.meterRegistry().getMeters().stream()
                .map(meter -> meter.getId().getName() + meter.getId().getTags())
                .sorted()
                .toList();
        state.put("meters", meters);
        return state;
    }

    private static Map<String, String> texts(io.bspump.config.Config config) {
        Map<String, String> texts = new TreeMap<>();
        config.keys().forEach(key -> texts.put(key, config.get(key)));
        return texts;
    }
}
