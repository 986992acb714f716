package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class PumpServiceTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final TestApplication app = TestApplication.of();
    private final PumpService pumps = app.pumpService();

    @AfterEach
    void closeApplication() {
        app.close();
    }

    @Test
    void isFoundByTypeAndByTheNameOfTheReference() {
        assertThat(app.getService(PumpService.class)).isSameAs(pumps);
        assertThat(app.getService("bspump.PumpService")).isSameAs(pumps);
        assertThatThrownBy(() -> app.getService("bspump.PumpServise"))
                .hasMessage("there is no service with the id 'bspump.PumpServise', did you mean 'bspump.PumpService'?"
                        + " (known are bspump.PumpService, bspump.WebService)");
        assertThatThrownBy(() -> app.getService(OtherService.class))
                .hasMessage("there is no service of the type " + OtherService.class.getName());
    }

    @Test
    void duplicateIdsAreRefusedByName() {
        app.addFake("P");
        pumps.addConnection(new TestConnection(app, "C"));
        pumps.addLookup(new TestLookup(app, "L", Mono.empty()));

        assertThatThrownBy(() -> app.addFake("P")).hasMessage("there is already a pipeline with the id 'P'");
        assertThatThrownBy(() -> pumps.addConnection(new TestConnection(app, "C")))
                .hasMessage("there is already a connection with the id 'C'");
        assertThatThrownBy(() -> pumps.addLookup(new TestLookup(app, "L", Mono.empty())))
                .hasMessage("there is already a lookup with the id 'L'");
        assertThatThrownBy(() -> app.addService(pumps))
                .hasMessage("there is already a service with the id 'bspump.PumpService'");
    }

    @Test
    void removedConnectionsAreClosedAndTheirIdsAreFree() throws Exception {
        TestConnection connection = pumps.addConnection(new TestConnection(app, "C"));
        Lookup lookup = pumps.addLookup(new TestLookup(app, "L", Mono.empty()));
        app.runInBackground();
        connection.ready().block(LIMIT);

        pumps.removeConnection("C").block(LIMIT);
        assertThat(connection.disconnects).hasValue(1);
        assertThat(pumps.connections()).isEmpty();
        pumps.addConnection(new TestConnection(app, "C")).ready().block(LIMIT);
        assertThat(pumps.removeLookup("L")).isSameAs(lookup);
        assertThatThrownBy(() -> pumps.removeLookup("L"))
                .hasMessage("there is no lookup with the id 'L' (none is registered)");
    }

    @Test
    void unknownConnectionIsAnsweredWithTheKnownOnes() {
        assertThatThrownBy(() -> pumps.locateConnection("Kafka"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no connection with the id 'Kafka' (none is registered)");

        Connection kafka = new TestConnection(app, "KafkaConnection");
        pumps.addConnections(kafka, new TestConnection(app, "Elastic"));

        assertThat(pumps.locateConnection("KafkaConnection")).isSameAs(kafka);
        assertThatThrownBy(() -> pumps.locateConnection("KafkaConection"))
                .hasMessage("there is no connection with the id 'KafkaConection', did you mean 'KafkaConnection'?"
                        + " (known are KafkaConnection, Elastic)");
    }

    @Test
    void lookupsAreFoundById() {
        Lookup lookup = pumps.addLookup(new TestLookup(app, "L", Mono.empty()));

        assertThat(pumps.locateLookup("L")).isSameAs(lookup);
        assertThat(pumps.lookups()).containsExactly(lookup);
        assertThatThrownBy(() -> pumps.locateLookup("X"))
                .hasMessage("there is no lookup with the id 'X' (known are L)");
    }

    @Test
    void addressesLeadToPipelinesAndTheirParts() {
        FakePipeline pipeline = app.addFake("P");

        assertThat(pumps.locate("P").orElseThrow()).isSameAs(pipeline);
        assertThat(pumps.locate("P.Part")).isPresent();
        assertThat(pumps.locate("P.*Source")).isPresent();
        assertThat(pumps.locate("P.Other")).isEmpty();
        assertThat(pumps.locate("X")).isEmpty();
        assertThat(pumps.locate("X.Part")).isEmpty();
        assertThat(pumps.locate("")).isEmpty();
    }

    @Test
    void blankIdsAreRefused() {
        assertThatThrownBy(() -> new TestConnection(app, " ")).hasMessage("connection id must not be blank");
        assertThatThrownBy(() -> new TestLookup(app, "", Mono.empty())).hasMessage("lookup id must not be blank");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a.b", "a:b", "a b", "a\tb", "*a", "a[b]"})
    void idsHaveNothingThatAddressesAndSectionsUse(String id) {
        assertThatThrownBy(() -> app.addFake(id))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pipeline id must not be empty or contain dots, colons, stars, brackets or blanks, was '"
                        + id + "'");
    }

    @Test
    void thingsAreListedInTheOrderOfTheirAddition() {
        FakePipeline b = new FakePipeline(app, "B");
        FakePipeline a = new FakePipeline(app, "A");
        pumps.addPipelines(b, a);
        Connection connection = pumps.addConnection(new TestConnection(app, "C"));

        assertThat(pumps.pipelines()).containsExactly(b, a);
        assertThat(pumps.connections()).containsExactly(connection);
    }

    @Test
    void pipelineAddedAtRunTimeIsStartedAndStopped() throws Exception {
        TestApplication.Run run = running();

        FakePipeline late = app.addFake("Late");
        assertThat(late.calls).containsExactly("start");
        app.stop();

        assertThat(run.exitCode()).isZero();
        assertThat(late.calls).containsExactly("start", "stop");
    }

    @Test
    void connectionAddedAtRunTimeIsConnectedAndClosed() throws Exception {
        TestApplication.Run run = running();

        TestConnection late = pumps.addConnection(new TestConnection(app, "Late"));
        late.ready().block(Duration.ofSeconds(10));
        app.stop();

        assertThat(run.exitCode()).isZero();
        assertThat(late.disconnects).hasValue(1);
    }

    @Test
    void lookupAddedAtRunTimeIsLoaded() throws Exception {
        TestApplication.Run run = running();
        CountDownLatch loaded = new CountDownLatch(1);

        pumps.addLookup(new TestLookup(app, "Late", Mono.fromRunnable(loaded::countDown)));
        assertThat(loaded.await(10, TimeUnit.SECONDS)).isTrue();
        pumps.addLookup(new TestLookup(app, "Broken", Mono.error(new IllegalStateException("planned"))));
        app.stop();

        assertThat(run.exitCode()).isZero();
    }

    @Test
    void serviceAddedAtRunTimeIsInitialisedAndFinalised() throws Exception {
        TestApplication.Run run = running();

        OtherService late = app.addService(new OtherService());
        assertThat(late.initialized.await(10, TimeUnit.SECONDS)).isTrue();
        app.stop();

        assertThat(run.exitCode()).isZero();
        assertThat(late.finalized.getCount()).isZero();
    }

    @Test
    void nothingCanBeAddedOnceStopped() throws Exception {
        TestApplication.Run run = running();
        FakePipeline late = new FakePipeline(app, "Late");
        app.stop();
        assertThat(run.exitCode()).isZero();

        assertThatThrownBy(() -> pumps.addPipeline(late))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the application is stopping, pipeline 'Late' was not added");
        assertThatThrownBy(() -> pumps.addConnection(new TestConnection(app, "Late")))
                .hasMessage("the application is stopping, connection 'Late' was not added");
        assertThatThrownBy(() -> app.addService(new OtherService()))
                .hasMessage("the application is stopping, service 'OtherService' was not added");
        assertThat(late.calls).isEmpty();
    }

    @Test
    void badConfigurationIsRefusedAtRunTime() throws Exception {
        TestApplication.Run run = running();

        PickyConnection picky = new PickyConnection(app, "Picky", Map.of("port", "x"));
        assertThatThrownBy(() -> pumps.addConnection(picky))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("[connection:Picky] port must be between 1 and 65535, was 'x'");

        pumps.addConnection(new TestConnection(app, "Fine"));
        app.stop();
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void removalDrainsThenForgets() {
        FakePipeline pipeline = app.addFake("P");
        pipeline.drainsAtOnce = false;

        StepVerifier.create(pumps.removePipeline("P"))
                .then(() -> assertThat(pumps.pipelines()).containsExactly(pipeline))
                .then(() -> pipeline.drained.tryEmitEmpty())
                .verifyComplete();

        assertThat(pumps.pipelines()).isEmpty();
        assertThat(pipeline.calls).containsExactly("stop", "dispose");
        assertThat(app.addFake("P")).isNotSameAs(pipeline);
    }

    @Test
    void removalDoesNothingBeforeItsSubscriptionAndGoesOnWhenCancelled() {
        FakePipeline pipeline = app.addFake("P");
        pipeline.drainsAtOnce = false;

        Mono<Void> removal = pumps.removePipeline("P");
        assertThat(pipeline.calls).isEmpty();
        removal.subscribe().dispose();
        pipeline.drained.tryEmitEmpty();

        StepVerifier.create(pumps.removePipeline("P")).verifyComplete();
        assertThat(pipeline.calls).containsExactly("stop", "dispose");
    }

    @Test
    void removalOfAnUnknownPipelineFails() {
        app.addFake("Orders");

        StepVerifier.create(pumps.removePipeline("Order"))
                .expectErrorMessage(
                        "there is no pipeline with the id 'Order', did you mean 'Orders'? (known are Orders)")
                .verify();
    }

    @Test
    void removalIsCutShortByTheDrainTimeout() {
        FakePipeline pipeline = app.addFake("P");
        pipeline.drainsAtOnce = false;

        StepVerifier.create(pumps.removePipeline("P"))
                .then(() -> app.time.advanceTimeBy(Duration.ofSeconds(30)))
                .verifyComplete();

        assertThat(pipeline.calls).containsExactly("stop", "cut", "dispose");
    }

    @Test
    void removingTheLastRunningPipelineEndsTheApplicationWhenTheOthersHaveFinished() throws Exception {
        FakePipeline done = app.addFake("Done");
        FakePipeline busy = app.addFake("Busy");
        TestApplication.Run run = running();
        await().until(() -> busy.calls.contains("start"));
        done.finish();

        pumps.removePipeline("Busy").block(Duration.ofSeconds(10));

        assertThat(run.exitCode()).isZero();
    }

    @Test
    void applicationWithoutPipelinesDoesNotEndByItself() throws Exception {
        FakePipeline only = app.addFake("Only");
        TestApplication.Run run = running();
        await().until(() -> only.calls.contains("start"));

        pumps.removePipeline("Only").block(Duration.ofSeconds(10));

        assertThat(app.journal).containsExactly("init!", "run!");
        app.stop();
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void optionalLookupDoesNotStopTheStart() throws Exception {
        pumps.addLookup(new TestLookup(app, "Maybe", Mono.error(new IllegalStateException("planned")), true));
        TestApplication.Run run = running();

        app.stop();
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void allFailingLookupsAreAskedBeforeTheStartFails() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Mono<Void> failing = Mono.defer(() -> {
            asked.incrementAndGet();
            return Mono.error(new IllegalStateException("planned"));
        });
        pumps.addLookups(new TestLookup(app, "A", failing), new TestLookup(app, "B", failing));

        assertThat(app.runInBackground().exitCode()).isEqualTo(1);

        assertThat(asked).hasValue(2);
    }

    @Test
    void allFailingLookupsAreReportedTogether() {
        Mono<Void> failing = Mono.error(new IllegalStateException("planned"));
        pumps.addLookups(
                new TestLookup(app, "A", failing),
                new TestLookup(app, "B", Mono.empty()),
                new TestLookup(app, "C", Mono.error(new IllegalStateException())),
                new TestLookup(app, "D", failing, true));

        assertThatThrownBy(() -> pumps.loadLookups().block(Duration.ofMinutes(1)))
                .hasMessage("2 lookups:\n  [lookup:A] could not be loaded: planned\n"
                        + "  [lookup:C] could not be loaded: java.lang.IllegalStateException");
    }

    @Test
    void connectionIsTriedUntilItSucceeds() throws Exception {
        TestConnection flaky = new TestConnection(app, "Flaky");
        flaky.failures.set(5);
        pumps.addConnection(flaky);
        TestApplication.Run run = app.runInBackground();

        await().until(() -> {
            // Not while an attempt is under way, which the time would end.
            if (flaky.status().state() == ConnectionState.DISCONNECTED) {
                app.time.advanceTimeBy(Duration.ofSeconds(10));
            }
            return flaky.connects.get() == 6;
        });
        flaky.ready().block(Duration.ofSeconds(10));
        app.stop();

        assertThat(run.exitCode()).isZero();
        assertThat(flaky.connects).hasValue(6);
        assertThat(flaky.disconnects).hasValue(6);
    }

    @Test
    void addingRemovingAndStoppingAtOnceLeavesNothingRunning() throws Exception {
        for (int round = 0; round < 20; round++) {
            try (TestApplication racing = TestApplication.of("--set", "general:stop_when_finished=no")) {
                race(racing);
            }
        }
    }

    private static void race(TestApplication racing) throws Exception {
        int threads = 4;
        Queue<FakePipeline> all = new ConcurrentLinkedQueue<>();
        AtomicInteger refused = new AtomicInteger();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CountDownLatch some = new CountDownLatch(200);
        TestApplication.Run run = racing.runInBackground();
        try {
            List<Future<?>> adders = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                adders.add(pool.submit(() -> addAndRemove(racing, thread, all, refused, some)));
            }
            assertThat(some.await(20, TimeUnit.SECONDS)).isTrue();
            racing.stop();
            assertThat(run.exitCode()).isZero();
            for (Future<?> adder : adders) {
                adder.get(20, TimeUnit.SECONDS);
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(refused.get()).isEqualTo(threads);
        assertThat(all).allSatisfy(pipeline -> {
            assertThat(pipeline.runningAfterStop).hasValue(0);
            assertThat(pipeline.calls).filteredOn("stop"::equals).hasSize(1);
            assertThat(pipeline.calls).filteredOn("start"::equals).hasSizeLessThanOrEqualTo(1);
        });
    }

    private static void addAndRemove(
            TestApplication racing, int thread, Queue<FakePipeline> all, AtomicInteger refused, CountDownLatch some) {
        for (int i = 0; ; i++) {
            FakePipeline pipeline = new FakePipeline(racing, "P" + thread + "-" + i);
            try {
                racing.pumpService().addPipeline(pipeline);
            } catch (IllegalStateException e) {
                refused.incrementAndGet();
                return;
            }
            all.add(pipeline);
            if (i % 2 == 0) {
                racing.pumpService().removePipeline(pipeline.id()).subscribe();
            }
            some.countDown();
        }
    }

    private TestApplication.Run running() {
        TestApplication.Run run = app.runInBackground();
        await().until(() -> app.time.getScheduledTaskCount() > 0);
        return run;
    }

    private static final class OtherService implements Service {
        final CountDownLatch initialized = new CountDownLatch(1);
        final CountDownLatch finalized = new CountDownLatch(1);

        @Override
        public Mono<Void> initialize(Application application) {
            return Mono.fromRunnable(initialized::countDown);
        }

        @Override
        public Mono<Void> finalize(Application application) {
            return Mono.fromRunnable(finalized::countDown);
        }
    }

    private static final class TestConnection extends Connection {
        final AtomicInteger failures = new AtomicInteger();
        final AtomicInteger connects = new AtomicInteger();
        final AtomicInteger disconnects = new AtomicInteger();

        TestConnection(Application app, String id) {
            super(app, id);
        }

        @Override
        protected Mono<Void> connect() {
            return Mono.fromRunnable(() -> {
                connects.incrementAndGet();
                if (failures.getAndDecrement() > 0) {
                    throw new IllegalStateException("refused");
                }
            });
        }

        @Override
        protected Mono<Void> disconnect() {
            return Mono.fromRunnable(disconnects::incrementAndGet);
        }
    }

    static final class PickyConnection extends Connection {
        public static final Options OPTIONS = Options.of(
                Option.integer("port").between(1, 65535).defaultTo(80).doc("Port."));

        PickyConnection(Application app, String id, Map<String, ?> config) {
            super(app, id, config);
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

    private static final class TestLookup extends Lookup {
        private final Mono<Void> load;

        TestLookup(Application app, String id, Mono<Void> load) {
            this(app, id, load, false);
        }

        TestLookup(Application app, String id, Mono<Void> load, boolean optional) {
            super(app, id, Map.of("optional", optional));
            this.load = load;
        }

        @Override
        protected Mono<Void> load() {
            return load;
        }
    }
}
