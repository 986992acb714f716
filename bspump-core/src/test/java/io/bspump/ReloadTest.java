package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.bspump.ReloadReport.Item;
import io.bspump.ReloadReport.Outcome;
import io.bspump.config.ConfigException;
import io.bspump.config.Configuration;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.sink.NullSink;
import io.bspump.trigger.PeriodicTrigger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Timeout(60)
class ReloadTest extends ReloadFixture {

    private static LoginConnection located(Application app, String id) {
        return (LoginConnection) app.pumpService().locateConnection(id);
    }

    @Test
    void aFileThatHasNotChangedChangesNothing() {
        write("[connection:C]\npassword = first\n[pipeline:P:Sink]\nconnection = C\n");
        Application app = application();
        Connection connection = app.pumpService().addConnection(new LoginConnection(app, "C"));
        Pipeline pipeline = app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        until(() -> connection.status().isConnected());

        ReloadReport report = reload();

        assertThat(report).hasToString("The configuration has not changed");
        assertThat(report.isComplete()).isTrue();
        assertThat(app.pumpService().locateConnection("C")).isSameAs(connection);
        assertThat(app.pumpService().pipelines()).containsExactly(pipeline);
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(connection.status().generation()).isEqualTo(1);
    }

    @Test
    void aChangedConnectionTakesThePlaceAndOthersNeverNotice() {
        write(
                "[connection:C]\npassword = first\n[connection:D]\npassword = first\n[pipeline:P:Sink]\nconnection = C\n");
        Application app = application();
        Connection old = app.pumpService().addConnection(new LoginConnection(app, "C"));
        Connection other = app.pumpService().addConnection("D", LoginConnection::new);
        Pipeline pipeline = app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        until(() -> old.status().isConnected() && other.status().isConnected());

        write(
                "[connection:C]\npassword = first\nport = 7\n[connection:D]\npassword = first\n[pipeline:P:Sink]\nconnection = C\n");
        ReloadReport report = reload();

        assertThat(items(report)).containsExactly("[connection:C] updated");
        assertThat(report.changed()).containsExactly("connection:C");
        assertThat(located(app, "C")).isNotSameAs(old);
        assertThat(located(app, "C").text("port")).isEqualTo("7");
        assertThat(located(app, "C").status().isConnected()).isTrue();
        assertThat(old.status().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(app.pumpService().references("C")).hasSize(1);
        assertThat(located(app, "D")).isSameAs(other);
        assertThat(app.pumpService().pipelines()).containsExactly(pipeline);
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(OPEN).hasValue(2);
        assertThat(app.configuration().peek("connection:C", "port")).contains("7");
    }

    @Test
    void anUpdateThatDoesNotConnectIsRolledBackAndTriedAgain() {
        write("[connection:C]\npassword = first\n");
        Application app = application();
        Connection old = app.pumpService().addConnection(new LoginConnection(app, "C"));
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        until(() -> old.status().isConnected());

        write("[connection:C]\npassword = secondone\n");
        ReloadReport report = reload();

        assertThat(items(report))
                .containsExactly("[connection:C] kept as it was: [connection:C] stays as it was, the new one does not"
                        + " connect: refused");
        assertThat(report.isComplete()).isFalse();
        assertThat(located(app, "C")).isSameAs(old);
        assertThat(old.status().isConnected()).isTrue();
        assertThat(app.configuration().section("connection:C").get("password")).isEqualTo("first");
        assertThat(report.toString()).doesNotContain("secondone");

        password = "secondone";
        assertThat(items(reload())).containsExactly("[connection:C] updated");
        assertThat(located(app, "C")).isNotSameAs(old);
        assertThat(app.configuration().section("connection:C").get("password")).isEqualTo("secondone");
        assertThat(reload()).hasToString("The configuration has not changed");
    }

    @Test
    void aPasswordThatIsRotatedAtTheServerFirstIsTakenUp() {
        write("[connection:C]\npassword = first\n");
        Application app = application();
        LoginConnection old = app.pumpService().addConnection(new LoginConnection(app, "C"));
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        until(() -> old.status().isConnected());
        password = "second";
        old.lost(new IllegalStateException("rotated"));
        until(() -> old.status().state() == ConnectionState.FAILED);

        write("[connection:C]\npassword = second\n");
        assertThat(items(reload())).containsExactly("[connection:C] updated");
        assertThat(located(app, "C").status().isConnected()).isTrue();
    }

    @Test
    void connectionsOfSectionsComeAndGo() {
        write("[connection:One]\ntype = echo\nport = 1\n");
        Application app = application();
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        assertThat(app.pumpService().connections()).extracting(Connection::id).containsExactly("One");

        write("[connection:Two]\ntype = echo\nport = 2\n");
        ReloadReport report = reload();

        assertThat(items(report)).containsExactly("[connection:One] removed", "[connection:Two] added");
        assertThat(report.added()).containsExactly("connection:Two");
        assertThat(report.removed()).containsExactly("connection:One");
        assertThat(app.pumpService().connections()).extracting(Connection::id).containsExactly("Two");
        await().until(() -> located(app).status().state() != ConnectionState.INITIALIZED); // it starts on its lane
        assertThat(app.meterRegistry().find("bspump.connection.status").meters())
                .singleElement()
                .satisfies(
                        meter -> assertThat(meter.getId().getTag("connection")).isEqualTo("Two"));
    }

    private static Connection located(Application app) {
        return app.pumpService().locateConnection("Two");
    }

    @Test
    void aBadFileChangesNothingAndSaysEverythingAtOnce() {
        write("[connection:C]\npassword = first\n[pipeline:P:Sink]\nconnection = C\n");
        Application app = application();
        Connection connection = app.pumpService().addConnection(new LoginConnection(app, "C"));
        Pipeline pipeline = app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        Configuration before = app.configuration();

        write(
                """
                [general]
                drain_timeot = 5s
                [connection:C]
                password = other
                port = abc
                prot = 7
                [connection:New]
                type = eco
                [pipeline:P]
                on_error = skipp
                [pipeline:P:Sink]
                connection = D
                batch = ${UNSET_BATCH}
                [pipeline:Q]
                [logging]
                levels = x LOUD
                """);
        ReloadReport report = reload();

        assertThat(report.isRefused()).isTrue();
        assertThat(problems(report).stream().map(line -> line.replaceAll("\\(.*/", "(")))
                .containsExactlyInAnyOrder(
                        "[general] unknown key 'drain_timeot', did you mean 'drain_timeout'? (pipelines.conf:2)",
                        "[connection:C] port must be between 1 and 65535, was 'abc' (pipelines.conf:5)",
                        "[connection:C] unknown key 'prot', did you mean 'port'? (pipelines.conf:6)",
                        "[connection:New] type must be one of echo, lab, was 'eco', did you mean 'echo'? (pipelines.conf:8)",
                        "[pipeline:P] on_error must be one of stop, skip, dead_letter, was 'skipp' (pipelines.conf:10)",
                        "[pipeline:P:Sink] connection must be the id of a connection, was 'D' (pipelines.conf:12)",
                        "[pipeline:P:Sink] batch refers to '${UNSET_BATCH}', which is neither set in the environment nor a"
                                + " key of the section (pipelines.conf:13)",
                        "[pipeline:Q] unknown section, did you mean 'pipeline:P'? (pipelines.conf:14)",
                        "[logging] levels must be lines of a logger and its level, which must be one of TRACE, DEBUG, INFO,"
                                + " WARN, ERROR, OFF, one was 'x LOUD' (pipelines.conf:16)");
        assertThat(report.items()).isEmpty();
        assertThat(app.configuration()).isSameAs(before);
        assertThat(app.pumpService().connections()).containsExactly(connection);
        assertThat(app.pumpService().pipelines()).containsExactly(pipeline);
        assertThat(pipeline.state()).isEqualTo(PipelineState.RUNNING);

        write("[connection:C]\npassword = first\n[pipeline:P:Sink]\nconnection = C\n");
        assertThat(reload()).hasToString("The configuration has not changed");
    }

    @Test
    void aConnectionThatIsReferredToIsNotTakenAway() {
        write("[connection:One]\ntype = echo\nport = 1\n[connection:Two]\ntype = echo\nport = 2\n");
        Application app = application();
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        ConnectionReference<Connection> reference = app.pumpService().attach("One", Connection.class, "somebody");

        write("[connection:Two]\ntype = echo\nport = 2\n");
        assertThat(problems(reload())).containsExactly("[connection:One] must stay, it is in use by somebody");
        assertThat(app.pumpService().connections()).extracting(Connection::id).containsExactly("One", "Two");

        reference.close();
        assertThat(reload().removed()).containsExactly("connection:One");
        assertThat(app.pumpService().connections()).extracting(Connection::id).containsExactly("Two");
    }

    @Test
    void aPipelineWhoseSectionChangedIsRebuiltAndOthersGoOn() {
        write("[pipeline:P]\nmax_in_flight = 5\n");
        Application app = application();
        List<Object> captured = new ArrayList<>();
        PumpService pumps = app.pumpService();
        Pipeline p = pumps.addPipeline(new Quiet(app, "P"));
        Pipeline q = pumps.addPipeline("Q", (a, id) -> new Captured(a, id, captured));
        Pipeline r = pumps.addPipeline(new Quiet(app, "R"));
        start(app);
        until(() -> r.state() == PipelineState.RUNNING);

        write("[pipeline:P]\nmax_in_flight = 6\n[pipeline:Q:NullSink]\nconcurrency = 3\n");
        ReloadReport report = reload();

        assertThat(items(report)).containsExactly("[pipeline:P] rebuilt", "[pipeline:Q] rebuilt");
        assertThat(pumps.pipelines()).extracting(Pipeline::id).containsExactly("P", "Q", "R");
        assertThat(pumps.pipelines().get(0)).isNotSameAs(p).isInstanceOf(Quiet.class);
        assertThat(pumps.pipelines().get(0).config().getInt("max_in_flight")).isEqualTo(6);
        assertThat(pumps.pipelines().get(1)).isNotSameAs(q).isSameAs(captured.get(1));
        assertThat(pumps.pipelines().get(2)).isSameAs(r);
        assertThat(p.state()).isEqualTo(PipelineState.STOPPED);
        assertThat(r.state()).isEqualTo(PipelineState.RUNNING);
        until(() -> pumps.pipelines().stream().allMatch(each -> each.state() == PipelineState.RUNNING));
        assertThat(app.isRunning()).isTrue();
        assertThat(app.meterRegistry()
                        .find("bspump.pipeline.unsettled")
                        .tag("pipeline", "P")
                        .meters())
                .hasSize(1);
    }

    /** Makes a connection of its own, which others may share. */
    private static final class Sharing extends Pipeline {
        Sharing(Application app, String id) {
            super(app, id);
            build(new SilentSource(app, this), new SharingSink(app, this));
        }
    }

    static final class SharingSink extends Sink<Object> {
        public static final Options OPTIONS = Options.of(
                ConnectionReference.SHARING_KEY,
                Option.secret("password").required().doc("What the server wants."));

        SharingSink(Application app, Pipeline pipeline) {
            super(app, pipeline, "Sink", Map.of());
            connection(LoginConnection.class, null, LoginConnection::new);
        }

        @Override
        protected Mono<Void> process(Context context, Object event) {
            return Mono.empty();
        }
    }

    @Test
    void pipelinesThatShareAConnectionOfTheirOwnGetANewOneTogether() {
        write(sharing("first"));
        Application app = application();
        app.pumpService().addPipeline(new Sharing(app, "P"));
        app.pumpService().addPipeline(new Sharing(app, "Q"));
        start(app);
        until(() -> OPEN.get() == 1);
        Connection old = app.pumpService().anonymousConnections().get(0);

        password = "second";
        write(sharing("second"));
        ReloadReport report = reload();

        assertThat(items(report)).containsExactly("[pipeline:P] rebuilt", "[pipeline:Q] rebuilt");
        until(() -> app.pumpService().anonymousConnections().size() == 1
                && app.pumpService().anonymousConnections().get(0).status().isConnected());
        assertThat(app.pumpService().anonymousConnections()).doesNotContain(old);
        assertThat(old.status().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(OPEN).hasValue(1);
    }

    private static String sharing(String password) {
        String keys = "password = " + password + "\nsharing_key = both\n";
        return "[pipeline:P:Sink]\n" + keys + "[pipeline:Q:Sink]\n" + keys;
    }

    @Test
    void whatCannotBeMadeAgainTakesEffectAfterARestart() throws Exception {
        write("[general]\n");
        Application app = application();
        Pipeline p = app.pumpService().addPipeline(new Captured(app, "P", new ArrayList<>()));
        start(app);

        write("[general]\ntick_period = 5s\n[pipeline:P]\nmax_in_flight = 6\n[web]\nlisten = 127.0.0.1:1\n");
        ReloadReport report = reload();

        assertThat(items(report))
                .containsExactly(
                        "[general] takes effect after a restart: tick_period",
                        "[pipeline:P] takes effect after a restart: it was added as an instance that cannot be made again;"
                                + " add it with a factory",
                        "[web] takes effect after a restart: listen");
        assertThat(app.pumpService().pipelines()).containsExactly(p);
        assertThat(p.state()).isEqualTo(PipelineState.RUNNING);
        assertThat(items(reload())).isEqualTo(items(report));

        write("[general]\n[pipeline:P]\nmax_in_flight = x\n");
        assertThat(problems(reload()))
                .singleElement()
                .asString()
                .startsWith("[pipeline:P] max_in_flight must be between 1 and 100000000, was 'x'");
        write("[general]\n");
        assertThat(items(reload())).isEmpty();
        assertThat(stop()).isZero();
    }

    @Test
    void aPipelineWhoseConstructorThrowsIsReportedAndTheOldOneGoesOn() {
        write("[pipeline:P]\n");
        Application app = application();
        boolean[] broken = new boolean[1];
        Pipeline p = app.pumpService().addPipeline("P", (a, id) -> {
            if (broken[0]) {
                throw new IllegalStateException("no more licences");
            }
            return new Quiet(a, id);
        });
        start(app);
        broken[0] = true;
        write("[pipeline:P]\nmax_in_flight = 6\n");

        assertThat(problems(reload())).containsExactly("[pipeline:P] cannot be made again: no more licences");
        assertThat(app.pumpService().pipelines()).containsExactly(p);
    }

    @Test
    void aTriggerWhoseSectionChangedBelongsToItsPipeline() {
        write("[trigger:Beat]\nmax_triggered = 1\n");
        Application app = application();
        Pipeline p = app.pumpService().addPipeline(new Beating(app));
        start(app);

        write("[trigger:Beat]\nmax_triggered = 2\n");

        assertThat(items(reload())).containsExactly("[pipeline:P] rebuilt");
        assertThat(app.pumpService().pipelines()).doesNotContain(p);
        assertThat(reload()).hasToString("The configuration has not changed");
    }

    private static final class Beating extends Pipeline {
        Beating(Application app) {
            super(app, "P");
            build(
                    new TriggerSource<Object>(app, this) {
                        @Override
                        protected Flux<Emission<Object>> cycle() {
                            return Flux.empty();
                        }
                    }.on(new PeriodicTrigger(app, "Beat", Map.of("interval", "1h"))),
                    new NullSink(app, this));
        }
    }

    @Test
    void theLogLevelsTakeEffectAtOnce() {
        write("[logging]\nlevel = INFO\n");
        Application app = application();
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        org.slf4j.Logger logger = org.slf4j.LoggerFactory.getLogger("some.logger");

        write("[logging]\nlevel = INFO\nlevels = some.logger TRACE\n");
        assertThat(items(reload())).containsExactly("[logging] applied");
        assertThat(logger.isTraceEnabled()).isTrue();
        assertThat(reload()).hasToString("The configuration has not changed");
        write("[logging]\nlevel = INFO\n");
        reload();
        assertThat(logger.isTraceEnabled()).isFalse();
    }

    @Test
    void theCommandLineStaysStrongerThanTheFile() {
        write("[connection:C]\npassword = first\nport = 5\n");
        Application app = application("--set", "connection:C:port=9");
        LoginConnection c = app.pumpService().addConnection(new LoginConnection(app, "C"));
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);

        write("[connection:C]\npassword = first\nport = 6\n");

        assertThat(reload().items()).isEmpty();
        assertThat(located(app, "C")).isSameAs(c);
    }

    @Test
    void includedFilesAreReadAgain() throws Exception {
        write("[general]\ninclude = more.conf\n");
        java.nio.file.Files.writeString(directory.resolve("more.conf"), "[connection:One]\ntype = echo\nport = 1\n");
        Application app = application();
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);

        java.nio.file.Files.writeString(directory.resolve("two.conf"), "[connection:Two]\ntype = echo\nport = 2\n");
        write("[general]\ninclude = more.conf two.conf\n");

        assertThat(items(reload())).containsExactly("[connection:Two] added");
    }

    @Test
    void oneAtATimeAndThoseWhoAskMeanwhileShareTheNext() {
        write("[connection:C]\npassword = first\nconnect_timeout = 5s\n");
        Application app = application();
        LoginConnection c = app.pumpService().addConnection(new LoginConnection(app, "C"));
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        until(() -> c.status().isConnected());

        write("[connection:C]\npassword = first\nport = 2\n");
        Mono<ReloadReport> first = app.reload();
        List<ReloadReport> reports = Flux.merge(first, app.reload(), app.reload(), app.reload())
                .collectList()
                .block(LIMIT);

        assertThat(reports).hasSize(4);
        assertThat(java.util.Objects.requireNonNull(reports).stream().distinct().count())
                .isBetween(1L, 2L);
        assertThat(reports.stream().flatMap(report -> report.items().stream()).map(Item::outcome))
                .contains(Outcome.UPDATED);
        assertThat(located(app, "C").text("port")).isEqualTo("2");
    }

    @Test
    void isRefusedWhenTheApplicationDoesNotRun() throws Exception {
        write("");
        Application app = application();
        app.pumpService().addPipeline(new Quiet(app, "P"));
        assertThatThrownBy(() -> app.reload().block(LIMIT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the application does not run, nothing was reloaded");
        start(app);
        assertThat(stop()).isZero();
        assertThatThrownBy(() -> app.reload().block(LIMIT)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aSectionThatWasRefusedOnceIsNotRefusedForEver() {
        write("[connection:C]\npassword = first\n");
        Application app = application();
        app.pumpService().addPipeline(new Quiet(app, "P"));
        app.pumpService().addConnection(new LoginConnection(app, "C"));
        start(app);

        Map<String, String> bad = Map.of("port", "abc");
        assertThatThrownBy(() -> app.pumpService().addConnection(new OpenConnection(app, "D", bad)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("[connection:D] port must be");
        app.pumpService().addConnection(new OpenConnection(app, "D", Map.of("port", "7")));
        assertThat(app.pumpService().connections()).hasSize(2);
        assertThat(reload()).hasToString("The configuration has not changed");
    }

    static final class OpenConnection extends Connection {
        public static final Options OPTIONS = LoginConnection.OPTIONS;

        OpenConnection(Application app, String id, Map<String, ?> config) {
            super(app, id, with(config));
        }

        private static Map<String, Object> with(Map<String, ?> config) {
            Map<String, Object> all = new java.util.HashMap<>(config);
            all.put("password", "first");
            return all;
        }

        @Override
        protected Mono<Void> connect() {
            return Mono.empty();
        }

        @Override
        protected Mono<Void> disconnect() {
            return Mono.empty();
        }
    }

    @Test
    void whatIsAddedAndRemovedAtRunTimeDoesNotKeepAReloadFromSucceeding() {
        write("[pipeline:Late]\nmax_in_flight = 5\n");
        Application app = application();
        app.pumpService().addPipeline(new Quiet(app, "Late"));
        app.pumpService().addPipeline(new Quiet(app, "P"));
        start(app);
        app.pumpService().removePipeline("Late").block(LIMIT);

        write("[pipeline:Late]\nmax_in_flight = 6\n");
        assertThat(problems(reload())).isEmpty();

        app.pumpService().addPipeline(new Quiet(app, "Late"));
        write("[pipeline:Late]\nmax_in_flight = 7\n");
        assertThat(items(reload())).containsExactly("[pipeline:Late] rebuilt");
    }
}
