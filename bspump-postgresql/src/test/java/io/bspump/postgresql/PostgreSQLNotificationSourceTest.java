package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.test.Output;
import io.bspump.test.RecordingSink;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgreSQLNotificationSourceTest {

    private static final String LISTENERS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'";

    private TestPostgres server;

    @TempDir
    Path directory;

    @BeforeEach
    void start() {
        server = TestPostgres.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RunningPump pump(String section) {
        return RunningPump.of(
                directory,
                server,
                "[pipeline:P]\nmax_in_flight = 10\n[pipeline:P:PostgreSQLNotificationSource]\nconnection = Server\n"
                        + section);
    }

    private static RecordingSink source(RunningPump pump) {
        return pump.record("P", PostgreSQLNotificationSource::new);
    }

    private void untilListening() {
        RunningPump.until(() -> server.rows(LISTENERS).equals(List.of("1")));
    }

    private static List<Object> events(RecordingSink recorder) {
        return recorder.seen().stream().map(Output::event).toList();
    }

    private static double count(RunningPump pump, String meter) {
        return pump.app().meterRegistry().get(meter).counter().count();
    }

    @Test
    void notificationsOfItsChannelsComeWithTheirContext() {
        try (RunningPump pump = pump("channels = orders, Other_One")) {
            RecordingSink recorder = source(pump);
            pump.start();
            untilListening();
            server.run("NOTIFY orders, 'first'", "NOTIFY unheard, 'x'", "NOTIFY \"Other_One\"");
            RunningPump.await(recorder, 2);
            assertThat(events(recorder)).isEqualTo(List.of("first", ""));
            assertThat(recorder.seen().get(0).context()).containsEntry("postgresql_channel", "orders");
            assertThat(recorder.seen().get(1).context()).containsEntry("postgresql_channel", "Other_One");
            assertThat(recorder.seen().get(0).context().get("postgresql_pid")).isInstanceOf(Integer.class);
        }
        assertThat(server.rows(LISTENERS)).isEqualTo(List.of("0"));
    }

    @Test
    void itListensAgainAfterAnOutageAndCountsTheGap() {
        try (RunningPump pump = pump("channels = orders")) {
            RecordingSink recorder = source(pump);
            pump.start();
            untilListening();
            assertThat(count(pump, "bspump.postgresql.notification.gaps")).isZero();
            server.kill9();
            server.restart();
            untilListening();
            server.run("NOTIFY orders, 'after'");
            RunningPump.await(recorder, 1);
            assertThat(events(recorder)).isEqualTo(List.of("after"));
            assertThat(count(pump, "bspump.postgresql.notification.gaps")).isEqualTo(1);
        }
    }

    @Test
    void aSessionThatIsEndedIsRenewed() {
        try (RunningPump pump = pump("channels = orders")) {
            RecordingSink recorder = source(pump);
            pump.start();
            untilListening();
            server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
            RunningPump.until(() -> count(pump, "bspump.postgresql.notification.gaps") == 1);
            server.run("NOTIFY orders, 'after'");
            RunningPump.await(recorder, 1);
            assertThat(events(recorder)).isEqualTo(List.of("after"));
        }
    }

    @Test
    void whatDoesNotFitIntoTheBufferIsDroppedAndCounted() {
        try (RunningPump pump = pump("channels = orders\nbuffer = 20kB")) {
            RecordingSink recorder = source(pump);
            recorder.hold();
            pump.start();
            untilListening();
            server.run("SELECT pg_notify('orders', i::text) FROM generate_series(1, 1000) i");
            RunningPump.until(() -> count(pump, "bspump.postgresql.notification.dropped") > 0);
            recorder.release();
            RunningPump.until(
                    () -> recorder.seen().size() + count(pump, "bspump.postgresql.notification.dropped") == 1000);
            assertThat(events(recorder).subList(0, 10))
                    .containsExactly("1", "2", "3", "4", "5", "6", "7", "8", "9", "10");
        }
    }

    @Test
    void aChannelIsNeeded() {
        try (RunningPump pump = pump("channels =")) {
            assertThatThrownBy(() -> source(pump))
                    .hasMessageStartingWith("[pipeline:P:PostgreSQLNotificationSource] channels must name a channel");
        }
    }
}
