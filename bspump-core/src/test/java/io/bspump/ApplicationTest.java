package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

class ApplicationTest {

    @Test
    void runsItsPhasesInOrderAndReturnsZero() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.addService(new RecordingService(app, "one"));
            app.addService(new RecordingService(app, "two"));
            app.pumpService().addLookup(new RecordingLookup(app, "L"));
            app.pumpService().addConnection(new RecordingConnection(app, "C"));
            FakePipeline pipeline = app.addFake("P");
            pipeline.start = Mono.fromRunnable(() -> app.journal.add("pipeline start"));
            TestApplication.Run run = app.runInBackground();
            await().until(() -> app.journal.contains("connect C") && app.journal.contains("pipeline start"));

            pipeline.drainsAtOnce = false;
            app.stop();
            await().until(() -> pipeline.calls.contains("stop"));
            app.journal.add("draining");
            pipeline.drained.tryEmitEmpty();

            assertThat(run.exitCode()).isZero();
            assertThat(app.journal.stream().filter(entry -> !entry.equals("connect C")))
                    .containsExactly(
                            "init!",
                            "initialize one",
                            "initialize two",
                            "load L",
                            "run!",
                            "pipeline start",
                            "stop!",
                            "draining",
                            "disconnect C",
                            "finalize two",
                            "finalize one",
                            "exit!");
            assertThat(app.journal.indexOf("connect C")).isGreaterThan(app.journal.indexOf("load L"));
        }
    }

    @Test
    void stopBeforeRunStartsNothing() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.addService(new RecordingService(app, "one"));
            FakePipeline pipeline = app.addFake("P");
            app.stop();

            assertThat(app.runInBackground().exitCode()).isZero();

            assertThat(app.journal).containsExactly("stop!", "exit!");
            assertThat(pipeline.calls).doesNotContain("start");
        }
    }

    @Test
    void stopDuringInitEndsTheStartUp() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.addService(new RecordingService(app, "one"));
            app.pubSub().subscribe("Application.init!", message -> app.stop());

            assertThat(app.runInBackground().exitCode()).isZero();

            assertThat(app.journal).containsExactly("init!", "stop!", "exit!");
        }
    }

    @Test
    void stopWhileAServiceInitialisesFinalisesItAndThoseBefore() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.addService(new RecordingService(app, "one"));
            app.addService(new RecordingService(app, "hanging") {
                @Override
                public Mono<Void> initialize(Application application) {
                    return super.initialize(application).then(Mono.never());
                }
            });
            app.addService(new RecordingService(app, "three"));
            TestApplication.Run run = app.runInBackground();
            await().until(() -> app.journal.contains("initialize hanging"));

            app.stop();

            assertThat(run.exitCode()).isZero();
            assertThat(app.journal)
                    .containsExactly(
                            "init!",
                            "initialize one",
                            "initialize hanging",
                            "stop!",
                            "finalize hanging",
                            "finalize one",
                            "exit!");
        }
    }

    @Test
    void stopWhileALookupLoadsCancelsItAndStartsNoPipeline() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.pumpService().addLookup(new Lookup(app, "Slow") {
                @Override
                protected Mono<Void> load() {
                    app.journal.add("load");
                    return Mono.<Void>never().doOnCancel(() -> app.journal.add("cancelled"));
                }
            });
            FakePipeline pipeline = app.addFake("P");
            TestApplication.Run run = app.runInBackground();
            await().until(() -> app.journal.contains("load"));

            app.stop();

            assertThat(run.exitCode()).isZero();
            await().until(() -> app.journal.contains("cancelled"));
            assertThat(app.journal).doesNotContain("run!");
            assertThat(pipeline.calls).doesNotContain("start");
        }
    }

    @Test
    void stopWhileAConnectionConnectsCancelsItAndDisconnects() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            Connection connection = app.pumpService().addConnection(new RecordingConnection(app, "C") {
                @Override
                protected Mono<Void> connect() {
                    return super.connect().then(Mono.<Void>never().doOnCancel(() -> app.journal.add("cancelled C")));
                }
            });
            TestApplication.Run run = app.runInBackground();
            await().until(() -> app.journal.contains("connect C"));

            app.stop();

            assertThat(run.exitCode()).isZero();
            assertThat(app.journal).contains("cancelled C").endsWith("disconnect C", "exit!");
            assertThatThrownBy(() -> connection.ready().block(Duration.ofSeconds(5)))
                    .hasMessage("[connection:C] is closed");
        }
    }

    @Test
    void stopOnRunStartsNoPipeline() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            FakePipeline pipeline = app.addFake("P");
            app.pubSub().subscribe("Application.run!", message -> app.stop());

            assertThat(app.runInBackground().exitCode()).isZero();

            assertThat(app.journal).containsExactly("init!", "run!", "stop!", "exit!");
            assertThat(pipeline.calls).doesNotContain("start");
        }
    }

    @Test
    void stopWhileAPipelineStartsStopsIt() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            FakePipeline pipeline = app.addFake("P");
            pipeline.start = Mono.never();
            TestApplication.Run run = app.runInBackground();
            await().until(() -> pipeline.calls.contains("start"));

            app.stop();
            app.stop();

            assertThat(run.exitCode()).isZero();
            assertThat(pipeline.calls).containsExactly("start", "stop");
        }
    }

    @Test
    void stopFromAPipelineThreadDoesNotWait() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            FakePipeline pipeline = app.addFake("P");
            pipeline.start = Mono.fromRunnable(app::stop);

            assertThat(app.runInBackground().exitCode()).isZero();

            assertThat(pipeline.calls).containsExactly("start", "stop");
        }
    }

    @Test
    void interruptMeansStop() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            FakePipeline pipeline = app.addFake("P");
            pipeline.drainsAtOnce = false;
            TestApplication.Run run = app.runInBackground();
            await().until(() -> pipeline.calls.contains("start"));

            run.thread().interrupt();
            await().until(() -> pipeline.calls.contains("stop"));
            pipeline.unsettled = 1;
            run.thread().interrupt();

            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(pipeline.calls).containsExactly("start", "stop", "cut");
            assertThat(app.journal).endsWith("stop!", "exit!");
        }
    }

    @Test
    void runsOnlyOnce() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.stop();
            assertThat(app.runInBackground().exitCode()).isZero();

            assertThatThrownBy(app::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("an application runs once, make another one");
        }
    }

    @Test
    void drainTimeoutCutsTheDrainAndTellsByTheExitCode() throws Exception {
        try (TestApplication app = TestApplication.of("--set", "general:drain_timeout=5s")) {
            FakePipeline slow = app.addFake("Slow");
            slow.drainsAtOnce = false;
            slow.unsettled = 42;
            FakePipeline quick = app.addFake("Quick");
            TestApplication.Run run = app.runInBackground();
            await().until(() -> quick.calls.contains("start"));

            app.stop();
            await().until(() -> slow.calls.contains("stop") && quick.calls.contains("stop"));
            app.time.advanceTimeBy(Duration.ofMillis(4_999));
            assertThat(slow.calls).doesNotContain("cut");
            app.time.advanceTimeBy(Duration.ofMillis(1));

            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(slow.calls).containsExactly("start", "stop", "cut");
            assertThat(quick.calls).containsExactly("start", "stop");
        }
    }

    @Test
    void drainTimeoutDefaultsToHalfAMinute() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            FakePipeline slow = app.addFake("Slow");
            slow.drainsAtOnce = false;
            TestApplication.Run run = app.runInBackground();
            await().until(() -> slow.calls.contains("start"));
            app.stop();
            await().until(() -> slow.calls.contains("stop"));

            app.time.advanceTimeBy(Duration.ofSeconds(29));
            assertThat(slow.calls).doesNotContain("cut");
            app.time.advanceTimeBy(Duration.ofSeconds(1));

            assertThat(run.exitCode()).as("nothing was unsettled").isZero();
        }
    }

    @Test
    void pipelineThatNeverEndsIsLeftBehind() throws Exception {
        try (TestApplication app = TestApplication.of("--set", "general:drain_timeout=1s")) {
            FakePipeline stuck = app.addFake("Stuck");
            stuck.drainsAtOnce = false;
            stuck.endsWhenCut = false;
            stuck.unsettled = 1;
            TestApplication.Run run = app.runInBackground();
            await().until(() -> stuck.calls.contains("start"));
            app.stop();
            await().until(() -> stuck.calls.contains("stop"));

            app.time.advanceTimeBy(Duration.ofSeconds(1));
            app.time.advanceTimeBy(Duration.ofSeconds(5));

            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(app.journal).endsWith("exit!");
        }
    }

    @Test
    void eventsThatStayUnsettledAfterADrainAreToldByTheExitCode() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            FakePipeline failed = app.addFake("Failed");
            failed.drainsAtOnce = false;
            TestApplication.Run run = app.runInBackground();
            await().until(() -> failed.calls.contains("start"));
            app.stop();
            await().until(() -> failed.calls.contains("stop"));

            failed.settleOnStop = false;
            failed.unsettled = 1;
            failed.drained.tryEmitEmpty();

            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(failed.calls).doesNotContain("cut");
        }
    }

    @Test
    void pipelineWhoseStopFailsDoesNotKeepTheRestFromEnding() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.pumpService().addConnection(new RecordingConnection(app, "C"));
            FakePipeline broken = app.addFake("Broken");
            broken.drainsAtOnce = false;
            TestApplication.Run run = app.runInBackground();
            await().until(() -> app.journal.contains("connect C") && broken.calls.contains("start"));
            app.stop();
            await().until(() -> broken.calls.contains("stop"));

            broken.drained.tryEmitError(new IllegalStateException("planned"));

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(app.journal).endsWith("disconnect C", "exit!");
        }
    }

    @Test
    void connectionThatDoesNotCloseIsLeftBehind() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.pumpService().addConnection(new RecordingConnection(app, "C") {
                @Override
                protected Mono<Void> disconnect() {
                    return super.disconnect().then(Mono.never());
                }
            });
            TestApplication.Run run = app.runInBackground();
            await().until(() -> app.journal.contains("connect C"));
            app.stop();
            await().until(() -> app.journal.contains("disconnect C"));

            app.time.advanceTimeBy(Duration.ofSeconds(10));

            assertThat(run.exitCode()).isZero();
        }
    }

    @Test
    void stopsByItselfWhenAllPipelinesHaveFinished() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            FakePipeline first = app.addFake("First");
            FakePipeline second = app.addFake("Second");
            TestApplication.Run run = app.runInBackground();
            await().until(() -> second.calls.contains("start"));

            first.finish();
            assertThat(app.journal).doesNotContain("stop!");
            second.finish();

            assertThat(run.exitCode()).isZero();
        }
    }

    @Test
    void keepsRunningWithFinishedPipelinesWhenToldSo() throws Exception {
        try (TestApplication app = TestApplication.of("--set", "general:stop_when_finished=no")) {
            FakePipeline pipeline = app.addFake("P");
            AtomicInteger ticks = new AtomicInteger();
            app.pubSub().subscribe("Application.tick!", message -> ticks.incrementAndGet());
            TestApplication.Run run = app.runInBackground();
            await().until(() -> pipeline.calls.contains("start"));

            pipeline.finish();
            await().until(() -> {
                app.time.advanceTimeBy(Duration.ofSeconds(1));
                return ticks.get() >= 3;
            });

            assertThat(app.journal).containsExactly("init!", "run!");
            app.stop();
            assertThat(run.exitCode()).isZero();
        }
    }

    @Test
    void ticksFollowTheConfiguredPeriod() throws Exception {
        try (TestApplication app = TestApplication.of("--set", "general:tick_period=1h")) {
            AtomicInteger ticks = new AtomicInteger();
            app.pubSub().subscribe("Application.tick!", message -> ticks.incrementAndGet());
            TestApplication.Run run = app.runInBackground();
            await().until(() -> app.time.getScheduledTaskCount() > 0);

            app.time.advanceTimeBy(Duration.ofMinutes(59));
            assertThat(ticks).hasValue(0);
            app.time.advanceTimeBy(Duration.ofMinutes(1));
            await().untilAsserted(() -> assertThat(ticks).hasValue(1));

            app.stop();
            assertThat(run.exitCode()).isZero();
        }
    }

    @Test
    void failingServiceStopsTheStart() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.addService(new RecordingService(app, "one"));
            app.addService(new RecordingService(app, "broken") {
                @Override
                public Mono<Void> initialize(Application application) {
                    return Mono.error(new IllegalStateException("planned"));
                }
            });
            FakePipeline pipeline = app.addFake("P");

            assertThat(app.runInBackground().exitCode()).isEqualTo(1);

            assertThat(app.journal)
                    .containsExactly("init!", "initialize one", "stop!", "finalize broken", "finalize one", "exit!");
            assertThat(pipeline.calls).doesNotContain("start");
        }
    }

    @Test
    void failingLookupStopsTheStart() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.pumpService().addLookups(new FailingLookup(app, "Broken"), new RecordingLookup(app, "Fine"));
            FakePipeline pipeline = app.addFake("P");

            assertThat(app.runInBackground().exitCode()).isEqualTo(1);

            assertThat(app.journal).containsExactly("init!", "load Fine", "stop!", "exit!");
            assertThat(pipeline.calls).doesNotContain("start");
        }
    }

    @Test
    void failingServiceDoesNotKeepTheOthersFromEnding() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.addService(new RecordingService(app, "one"));
            app.addService(new RecordingService(app, "broken") {
                @Override
                public Mono<Void> finalize(Application application) {
                    throw new IllegalStateException("planned");
                }
            });
            TestApplication.Run run = app.runInBackground();
            await().until(() -> app.journal.contains("run!"));
            app.stop();

            assertThat(run.exitCode()).isZero();
            assertThat(app.journal).endsWith("stop!", "finalize one", "exit!");
        }
    }

    @Test
    void pipelineThatDoesNotStartStaysVisibleWhileTheOthersRun() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            FakePipeline broken = app.addFake("Broken");
            broken.start = Mono.error(new IllegalStateException("planned"));
            FakePipeline fine = app.addFake("Fine");
            TestApplication.Run run = app.runInBackground();
            await().until(() -> fine.calls.contains("start"));

            assertThat(app.pumpService().pipelines()).contains(broken, fine);
            assertThat(app.journal).doesNotContain("stop!");
            app.stop();

            assertThat(run.exitCode()).isEqualTo(1);
        }
    }

    @Test
    void exitCodeKeepsTheMaximum() throws Exception {
        try (TestApplication app = TestApplication.of()) {
            app.setExitCode(7);
            app.setExitCode(5);
            app.stop();

            assertThat(app.runInBackground().exitCode()).isEqualTo(7);
        }
    }

    @Test
    void failingSubscribersAreMetered() {
        try (TestApplication app = TestApplication.of()) {
            app.pubSub().subscribe("mine", message -> {
                throw new IllegalStateException("planned");
            });
            app.pubSub().publish("mine");

            assertThat(app.meterRegistry()
                            .get("bspump.pubsub.failures")
                            .functionCounter()
                            .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void varDirIsMadeWhenFirstUsed(@TempDir Path directory) {
        Path varDir = directory.resolve("a").resolve("b");
        try (TestApplication app = TestApplication.of("--set", "general:var_dir=" + varDir)) {
            assertThat(varDir).doesNotExist();

            assertThat(app.varDir()).isEqualTo(varDir).isDirectory();
        }
    }

    @Test
    void varDirThatCannotBeMadeIsNamed(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        try (TestApplication app = TestApplication.of("--set", "general:var_dir=" + file)) {
            assertThatThrownBy(app::varDir)
                    .hasMessage(
                            "[general] var_dir must be a directory that can be made and written, was '" + file + "'");
        }
    }

    private static class RecordingService implements Service {
        private final TestApplication app;
        private final String name;

        RecordingService(TestApplication app, String name) {
            this.app = app;
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Mono<Void> initialize(Application application) {
            return Mono.fromRunnable(() -> app.journal.add("initialize " + name));
        }

        @Override
        public Mono<Void> finalize(Application application) {
            return Mono.fromRunnable(() -> app.journal.add("finalize " + name));
        }
    }

    private static class RecordingConnection extends Connection {
        private final TestApplication app;

        RecordingConnection(TestApplication app, String id) {
            super(app, id);
            this.app = app;
        }

        @Override
        protected Mono<Void> connect() {
            return Mono.fromRunnable(() -> app.journal.add("connect " + id()));
        }

        @Override
        protected Mono<Void> disconnect() {
            return Mono.fromRunnable(() -> app.journal.add("disconnect " + id()));
        }
    }

    private static final class RecordingLookup extends Lookup {
        private final TestApplication app;

        RecordingLookup(TestApplication app, String id) {
            super(app, id);
            this.app = app;
        }

        @Override
        protected Mono<Void> load() {
            return Mono.fromRunnable(() -> app.journal.add("load " + id()));
        }
    }

    private static final class FailingLookup extends Lookup {
        FailingLookup(Application app, String id) {
            super(app, id);
        }

        @Override
        protected Mono<Void> load() {
            return Mono.error(new IllegalStateException("planned"));
        }
    }
}
