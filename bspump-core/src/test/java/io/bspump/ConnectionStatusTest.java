package io.bspump;

import static io.bspump.ConnectionState.CLOSED;
import static io.bspump.ConnectionState.CLOSING;
import static io.bspump.ConnectionState.CONNECTED;
import static io.bspump.ConnectionState.CONNECTING;
import static io.bspump.ConnectionState.DISCONNECTED;
import static io.bspump.ConnectionState.FAILED;
import static io.bspump.ConnectionState.INITIALIZED;
import static io.bspump.ConnectionState.RECOVERING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What a connection tells of itself: readiness, status, history and log. */
class ConnectionStatusTest extends ConnectionFixture {

    @Test
    void readyWaitsForTheLink() {
        FakeConnection connection = connection();
        connection.refuses("nobody there");
        connection.start();
        StepVerifier.create(connection.ready())
                .then(connection::accepts)
                .then(() -> passMillis(100))
                .verifyComplete();
        StepVerifier.create(connection.ready()).verifyComplete();

        connection.refuses("nobody there");
        connection.lose("cut");
        StepVerifier.create(connection.ready())
                .expectSubscription()
                .then(() -> pass(Duration.ofMinutes(1)))
                .then(connection::accepts)
                .then(() -> pass(Duration.ofSeconds(10)))
                .verifyComplete();
    }

    @Test
    void readyFailsWhenTheConnectionIsClosed() {
        FakeConnection connection = connection();
        connection.refuses("nobody there");
        connection.start();
        StepVerifier.create(connection.ready())
                .then(() -> connection.close().subscribe())
                .verifyErrorMessage("[connection:C] is closed");
        assertThatThrownBy(() -> connection.ready().block()).hasMessage("[connection:C] is closed");
    }

    @Test
    void statusChangesBeginWithThePresentAndEndWithTheConnection() {
        FakeConnection connection = connection();
        connection.start();
        StepVerifier.create(connection.statusChanges().map(ConnectionStatus::state))
                .expectNext(CONNECTED)
                .then(() -> connection.lose("cut"))
                .expectNext(RECOVERING, DISCONNECTED)
                .then(() -> passMillis(100))
                .expectNext(CONNECTING, CONNECTED)
                .then(() -> connection.close().subscribe())
                .expectNext(CLOSING, CLOSED)
                .verifyComplete();
        StepVerifier.create(connection.statusChanges().map(ConnectionStatus::state))
                .expectNext(CLOSED)
                .verifyComplete();
    }

    @Test
    void aSlowSubscriberGetsTheLatestInOrder() {
        FakeConnection connection = connection();
        List<Long> seen = new ArrayList<>();
        List<ConnectionState> last = new ArrayList<>();
        BaseSubscriber<ConnectionStatus> slow = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
                request(1);
            }

            @Override
            protected void hookOnNext(ConnectionStatus status) {
                seen.add(status.generation());
                last.add(status.state());
            }
        };
        connection.statusChanges().subscribe(slow);
        connection.start();
        for (int i = 0; i < 1000; i++) {
            connection.lose("cut");
            pass(Duration.ofSeconds(20));
        }
        slow.request(1);
        connection.lose("cut");
        slow.request(Long.MAX_VALUE);

        assertThat(seen).isSorted().hasSizeLessThan(8);
        assertThat(last).endsWith(connection.status().state());
    }

    @Test
    void aSubscriberMayCallBack() {
        FakeConnection connection = connection();
        connection.statusChanges().filter(ConnectionStatus::isConnected).subscribe(status -> connection
                .close()
                .subscribe());
        connection.start();

        assertThat(states(connection)).containsExactly(CONNECTING, CONNECTED, CLOSING, CLOSED);
    }

    @Test
    void theHistoryHoldsTheLastFiftyChangesWithTheirCauses() {
        FakeConnection connection = connection();
        connection.refuses("nobody there");
        connection.start();
        assertThat(connection.history())
                .containsExactly(
                        new ConnectionEvent(Instant.EPOCH, INITIALIZED, CONNECTING, "started"),
                        new ConnectionEvent(Instant.EPOCH, CONNECTING, DISCONNECTED, "nobody there"));
        pass(Duration.ofHours(1));

        assertThat(connection.history()).hasSize(50);
        assertThat(connection.history().get(49).to()).isEqualTo(DISCONNECTED);
        assertThat(connection.history().get(48).cause()).isEqualTo("time for the next attempt");
    }

    @Test
    void oneOutageIsOneWarningAndOneInfo() {
        FakeConnection connection = connection();
        connection.start();
        pass(Duration.ofSeconds(20));
        connection.refuses("nobody there");
        connection.lose("cut");
        pass(Duration.ofMinutes(1));
        connection.accepts();
        pass(Duration.ofSeconds(10));

        assertThat(logged(Level.WARN)).containsExactly("Not connected, will try again, connection=C error=cut");
        assertThat(logged(Level.INFO)).hasSize(2);
        assertThat(logged(Level.INFO).get(1)).matches("Connected again, connection=C outage=6[0-9](\\.[0-9])?s");
        assertThat(logged(Level.DEBUG))
                .anyMatch(line -> line.startsWith("Still not connected, connection=C attempt=2 error=nobody there"));
    }

    @Test
    void anOutageThatTurnsForGoodIsWarnedOfAgain() {
        FakeConnection connection = connection();
        connection.refuses("nobody there");
        connection.start();
        connection.classes = error -> ErrorClass.CONFIGURATION;
        connection.refuses("no such database");
        passMillis(100);

        assertThat(logged(Level.WARN))
                .containsExactly(
                        "Not connected, will try again, connection=C error=nobody there",
                        "Not connected, will not try again until the configuration changes,"
                                + " connection=C error=no such database");
    }

    @Test
    void noSecretIsShownAnywhere() {
        FakeConnection connection =
                connection(Map.of("password", "hunter2secret", "url", "amqp://bob:swordfish@host/x"));
        connection.onConnect = () -> Mono.error(new IllegalStateException(
                "login to amqp://bob:swordfish@host/x with hunter2secret failed",
                new IllegalArgumentException("token=abcdef\nhunter2secret")));
        connection.start();
        pass(Duration.ofMinutes(1));

        String all = connection.status()
                + connection.history().toString()
                + log.list.stream()
                        .map(event -> event.getFormattedMessage() + event.getThrowableProxy())
                        .toList();
        assertThat(all)
                .contains("login to amqp://***@host/x with *** failed (token=*** ***)")
                .doesNotContain("hunter2secret", "swordfish", "bob", "abcdef");
    }

    @Test
    void errorsAreShownWithTheirReason() {
        FakeConnection connection = connection();
        connection.onConnect = () -> Mono.error(new IllegalStateException(
                "not connected", new java.io.IOException(new java.io.IOException("refused"))));
        connection.start();
        assertThat(connection.status().lastError()).extracting("message").isEqualTo("not connected (refused)");

        connection.onConnect = () -> Mono.error(new java.io.EOFException());
        passMillis(100);
        assertThat(connection.status().lastError()).extracting("message").isEqualTo("EOFException");
    }

    @Test
    void statesHaveTheirGauge() {
        assertThat(Map.of(
                        CONNECTED,
                        1,
                        CONNECTING,
                        0,
                        RECOVERING,
                        0,
                        DISCONNECTED,
                        -1,
                        FAILED,
                        -1,
                        INITIALIZED,
                        -1,
                        CLOSED,
                        -1))
                .allSatisfy((state, gauge) -> assertThat(state.gauge()).isEqualTo(gauge));
    }
}
