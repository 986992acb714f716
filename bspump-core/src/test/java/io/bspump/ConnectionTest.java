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

import ch.qos.logback.classic.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

/** How a connection is kept connected, and how that ends. */
class ConnectionTest extends ConnectionFixture {

    // Connecting

    @Test
    void nothingIsDialledBeforeTheStart() {
        FakeConnection connection = connection();
        pass(Duration.ofHours(1));

        assertThat(connection.status())
                .isEqualTo(new ConnectionStatus(INITIALIZED, Instant.EPOCH, 0, null, null, null, null, 0));
        assertThat(connection.connects).hasValue(0);
        assertThat(connection.history()).isEmpty();
    }

    @Test
    void connectsAndStaysConnected() {
        FakeConnection connection = connection();
        connection.start();
        connection.start();
        pass(Duration.ofHours(1));

        assertThat(connection.connects).hasValue(1);
        assertThat(connection.disconnects).hasValue(0);
        assertThat(states(connection)).containsExactly(CONNECTING, CONNECTED);
        ConnectionStatus status = connection.status();
        assertThat(status.isConnected()).isTrue();
        assertThat(status.attempt()).isEqualTo(1);
        assertThat(status.generation()).isEqualTo(1);
        assertThat(status.lastConnected()).isEqualTo(Instant.EPOCH);
        assertThat(logged(Level.INFO)).containsExactly("Connected, connection=C");
        assertThat(logged(Level.WARN)).isEmpty();
    }

    @Test
    void transientErrorsAreTriedAgainForEver() {
        FakeConnection connection = connection();
        connection.refuses("nobody there");
        connection.start();

        assertThat(connection.status())
                .isEqualTo(new ConnectionStatus(
                        DISCONNECTED,
                        Instant.EPOCH,
                        1,
                        Instant.ofEpochMilli(100),
                        new ConnectionStatus.Failure(ErrorClass.TRANSIENT, "nobody there"),
                        null,
                        null,
                        1));
        connection.start();
        passMillis(99);
        assertThat(connection.connects).hasValue(1);
        passMillis(1);
        assertThat(connection.connects).hasValue(2);
        passMillis(150);
        assertThat(connection.connects).hasValue(3);
        pass(Duration.ofDays(1));
        assertThat(connection.connects).hasValueGreaterThan(8640);
        assertThat(connection.status().attempt()).isEqualTo(connection.connects.get());

        connection.accepts();
        pass(Duration.ofSeconds(10));
        assertThat(connection.status().isConnected()).isTrue();
        assertThat(connection.status().lastError()).isNull();
        assertThat(connection.status().nextAttemptAt()).isNull();
        assertThat(connection.disconnects).hasValue(connection.connects.get() - 1);
    }

    @Test
    void anAttemptMayTakeOnlySoLong() {
        FakeConnection connection = connection(Map.of("connect_timeout", "3s"));
        connection.onConnect = Mono::never;
        connection.start();
        passMillis(2999);
        assertThat(connection.status().state()).isEqualTo(CONNECTING);
        passMillis(1);

        assertThat(connection.status().state()).isEqualTo(DISCONNECTED);
        assertThat(connection.status().lastError())
                .isEqualTo(new ConnectionStatus.Failure(ErrorClass.TRANSIENT, "no answer within 3s (connect_timeout)"));
        assertThat(connection.cancels).hasValue(1);
        assertThat(connection.disconnects).hasValue(1);
    }

    @Test
    void refusedCredentialsAreTriedRarely() {
        FakeConnection connection = connection();
        connection.refuses("bad password");
        connection.classes = error -> ErrorClass.AUTHENTICATION;
        connection.start();

        assertThat(connection.status().state()).isEqualTo(FAILED);
        assertThat(connection.status().nextAttemptAt()).isEqualTo(Instant.ofEpochSecond(60));
        pass(Duration.ofMillis(59_999));
        assertThat(connection.connects).hasValue(1);
        pass(Duration.ofHours(1));
        assertThat(connection.connects).hasValue(61);
        assertThat(logged(Level.WARN))
                .containsExactly("Not connected, the credentials were refused, will rarely try again,"
                        + " connection=C error=bad password");
    }

    @Test
    void whatCannotWorkAsConfiguredIsNotTriedAgain() {
        FakeConnection connection = connection();
        connection.refuses("no such database");
        connection.classes = error -> ErrorClass.CONFIGURATION;
        connection.start();
        pass(Duration.ofDays(7));

        assertThat(connection.connects).hasValue(1);
        assertThat(connection.status().state()).isEqualTo(FAILED);
        assertThat(connection.status().nextAttemptAt()).isNull();
        assertThat(connection.disconnects).hasValue(1);

        connection.accepts();
        connection.retryNow();
        assertThat(connection.status().isConnected()).isTrue();
    }

    @Test
    void aClassifierThatFailsMeansTransient() {
        FakeConnection connection = connection();
        connection.refuses("odd");
        connection.classes = error -> {
            throw new IllegalArgumentException("defect");
        };
        connection.start();

        assertThat(connection.status().state()).isEqualTo(DISCONNECTED);
        passMillis(100);
        assertThat(connection.connects).hasValue(2);
    }

    @Test
    void connectThatThrowsIsAnErrorLikeAnyOther() {
        FakeConnection connection = connection();
        connection.onConnect = () -> {
            throw new IllegalStateException("thrown");
        };
        connection.start();

        assertThat(connection.status().state()).isEqualTo(DISCONNECTED);
        assertThat(connection.disconnects).hasValue(1);
    }

    // Losing

    @Test
    void aLinkThatHeldForAWhileIsDialledAgainAtOnce() {
        FakeConnection connection = connection();
        connection.start();
        pass(Duration.ofSeconds(10));
        connection.lose("cut");

        assertThat(connection.connects).hasValue(2);
        assertThat(connection.disconnects).hasValue(1);
        assertThat(states(connection)).containsExactly(CONNECTING, CONNECTED, RECOVERING, CONNECTED);
        assertThat(connection.status().attempt()).isEqualTo(1);
        assertThat(connection.status().lastDisconnected()).isEqualTo(Instant.ofEpochSecond(10));
    }

    @Test
    void aLinkThatGoesDownSoonLetsTheDelaysGrow() {
        FakeConnection connection = connection();
        connection.start();
        connection.lose("cut");
        assertThat(states(connection)).containsExactly(CONNECTING, CONNECTED, RECOVERING, DISCONNECTED);
        passMillis(100);
        assertThat(connection.connects).hasValue(2);
        connection.lose("cut");
        passMillis(149);
        assertThat(connection.connects).hasValue(2);
        passMillis(1);
        assertThat(connection.connects).hasValue(3);

        for (int flap = 0; flap < 1000; flap++) {
            connection.lose("cut");
            pass(Duration.ofSeconds(9));
        }
        assertThat(connection.connects).hasValueLessThan(1000);
    }

    @Test
    void theOldLinkIsPutAwayBeforeTheNewOneIsDialled() {
        FakeConnection connection = connection();
        TestPublisher<Void> slow = TestPublisher.create();
        connection.onDisconnect = slow::mono;
        connection.start();
        pass(Duration.ofSeconds(20));
        connection.lose("cut");

        assertThat(connection.status().state()).isEqualTo(RECOVERING);
        assertThat(connection.connects).hasValue(1);
        slow.complete();
        assertThat(connection.connects).hasValue(2);
        assertThat(connection.status().isConnected()).isTrue();
    }

    @Test
    void aLinkThatCannotBePutAwayIsLeftBehind() {
        FakeConnection connection = connection();
        connection.onDisconnect = Mono::never;
        connection.start();
        pass(Duration.ofSeconds(20));
        connection.lose("cut");
        pass(Duration.ofSeconds(10));

        assertThat(connection.status().isConnected()).isTrue();
        assertThat(logged(Level.WARN))
                .contains("The connection did not disconnect cleanly, connection=C error=not done within 10s");
    }

    @Test
    void callbacksOfOlderLinksAreIgnored() {
        FakeConnection connection = connection();
        connection.start();
        long old = connection.generation;
        pass(Duration.ofSeconds(20));
        connection.lose(old, "cut");
        assertThat(connection.generation).isEqualTo(2);

        connection.lose(old, "too late");

        assertThat(connection.status().isConnected()).isTrue();
        assertThat(connection.connects).hasValue(2);
    }

    @Test
    void aLinkLostWhileItIsMadeIsAFailedAttempt() {
        FakeConnection connection = connection();
        connection.onConnect = Mono::never;
        connection.start();

        connection.lose("not meant for an attempt");
        assertThat(connection.status().state()).isEqualTo(CONNECTING);
        connection.lose(connection.generation, "closed during the handshake");

        assertThat(connection.status().state()).isEqualTo(DISCONNECTED);
        assertThat(connection.cancels).hasValue(1);
        assertThat(connection.disconnects).hasValue(1);
    }

    @Test
    void lostWhileNotConnectedMeansNothing() {
        FakeConnection connection = connection();
        connection.lose("before the start");
        connection.refuses("nobody there");
        connection.start();
        connection.lose("while it waits");

        assertThat(connection.status().lastError()).extracting("message").isEqualTo("nobody there");
        assertThat(connection.connects).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorClass.class,
            names = {"AUTHENTICATION", "CONFIGURATION"})
    void aLinkThatWasTakenAwayForGoodIsNotDialledAtOnce(ErrorClass kind) {
        FakeConnection connection = connection();
        connection.classes = error -> kind;
        connection.start();
        pass(Duration.ofSeconds(20));
        connection.lose("account closed");

        assertThat(states(connection)).endsWith(CONNECTED, RECOVERING, FAILED);
        pass(Duration.ofSeconds(59));
        assertThat(connection.connects).hasValue(1);
    }

    // Pings

    @Test
    void pingsWhileConnected() {
        FakeConnection connection = connection(Map.of("ping_interval", "4s"));
        connection.start();
        passMillis(3999);
        assertThat(connection.pings).hasValue(0);
        passMillis(1);
        assertThat(connection.pings).hasValue(1);
        pass(Duration.ofSeconds(8));
        assertThat(connection.pings).hasValue(3);
        assertThat(connection.connects).hasValue(1);
    }

    @Test
    void pingsCanBeSwitchedOff() {
        FakeConnection connection = connection(Map.of("ping_interval", 0));
        connection.start();
        pass(Duration.ofDays(1));

        assertThat(connection.pings).hasValue(0);
    }

    @Test
    void aPingThatFailsMeansThatTheLinkIsLost() {
        FakeConnection connection = connection();
        connection.onPing = () -> Mono.error(new IllegalStateException("no pong"));
        connection.start();
        pass(Duration.ofSeconds(15));

        assertThat(connection.connects).hasValue(2);
        assertThat(connection.disconnects).hasValue(1);
        assertThat(connection.history()).extracting(ConnectionEvent::cause).contains("no pong");
    }

    @Test
    void aPingWithoutAnAnswerMeansThatTheLinkIsLost() {
        FakeConnection connection = connection();
        AtomicInteger cancelled = new AtomicInteger();
        connection.onPing = () -> Mono.<Void>never().doOnCancel(cancelled::incrementAndGet);
        connection.start();
        passMillis(19_999);
        assertThat(connection.status().isConnected()).isTrue();
        connection.refuses("nobody there");
        passMillis(1);

        assertThat(cancelled).hasValue(1);
        assertThat(connection.status().state()).isEqualTo(DISCONNECTED);
        assertThat(connection.history())
                .extracting(ConnectionEvent::cause)
                .contains("no answer within 5s (ping_timeout)");
    }

    @Test
    void checkPingsNow() {
        FakeConnection connection = connection();
        connection.start();

        StepVerifier.create(connection.check())
                .assertNext(status -> assertThat(status.isConnected()).isTrue())
                .verifyComplete();
        assertThat(connection.pings).hasValue(1);
        connection.onPing = () -> Mono.error(new IllegalStateException("no pong"));
        StepVerifier.create(connection.check())
                .assertNext(status -> assertThat(status.state()).isEqualTo(DISCONNECTED))
                .verifyComplete();
    }

    @Test
    void checkAnswersAtOnceWhenItIsNotConnected() {
        FakeConnection connection = connection();
        StepVerifier.create(connection.check())
                .assertNext(status -> assertThat(status.state()).isEqualTo(INITIALIZED))
                .verifyComplete();
        connection.start();
        connection.close().block();
        StepVerifier.create(connection.check())
                .assertNext(status -> assertThat(status.state()).isEqualTo(CLOSED))
                .verifyComplete();
        assertThat(connection.pings).hasValue(0);
    }

    // Asked by people

    @Test
    void retryNowEndsTheWait() {
        FakeConnection connection = connection();
        connection.refuses("nobody there");
        connection.start();
        pass(Duration.ofMinutes(10));
        int before = connection.connects.get();
        connection.accepts();
        connection.retryNow();

        assertThat(connection.connects).hasValue(before + 1);
        assertThat(connection.status().isConnected()).isTrue();
        connection.retryNow();
        pass(Duration.ofMinutes(10));
        assertThat(connection.connects).hasValue(before + 1);
    }

    @Test
    void retryNowLetsTheDelaysBeginAnew() {
        FakeConnection connection = connection();
        connection.refuses("nobody there");
        connection.start();
        pass(Duration.ofMinutes(10));
        connection.retryNow();

        assertThat(connection.status().nextAttemptAt()).isEqualTo(Instant.ofEpochMilli(600_100));
    }

    @Test
    void disabledMeansThatNothingIsDialled() {
        FakeConnection connection = connection();
        connection.start();
        connection.disable();
        connection.retryNow();
        connection.lose("late");
        pass(Duration.ofDays(1));

        assertThat(connection.status().state()).isEqualTo(DISCONNECTED);
        assertThat(connection.status().nextAttemptAt()).isNull();
        assertThat(connection.connects).hasValue(1);
        assertThat(connection.disconnects).hasValue(1);
        connection.enable();
        assertThat(connection.status().isConnected()).isTrue();
        connection.enable();
        assertThat(connection.connects).hasValue(2);
    }

    @Test
    void disablingEndsAnAttemptAWaitAndAFailure() {
        FakeConnection dialling = connection();
        dialling.onConnect = Mono::never;
        dialling.start();
        dialling.disable();
        assertThat(dialling.cancels).hasValue(1);
        assertThat(dialling.disconnects).hasValue(1);

        FakeConnection waiting = connection();
        waiting.refuses("nobody there");
        waiting.start();
        waiting.disable();
        FakeConnection failed = connection();
        failed.refuses("bad password");
        failed.classes = error -> ErrorClass.AUTHENTICATION;
        failed.start();
        failed.disable();
        pass(Duration.ofDays(1));

        assertThat(List.of(dialling, waiting, failed)).allSatisfy(each -> {
            assertThat(each.status().state()).isEqualTo(DISCONNECTED);
            assertThat(each.status().nextAttemptAt()).isNull();
            assertThat(each.connects).hasValue(1);
        });
    }

    @Test
    void disabledBeforeTheStartWaitsForBoth() {
        FakeConnection connection = connection();
        connection.disable();
        connection.start();
        assertThat(connection.connects).hasValue(0);
        connection.enable();
        assertThat(connection.connects).hasValue(1);

        FakeConnection other = connection();
        other.disable();
        other.enable();
        assertThat(other.connects).hasValue(0);
        other.start();
        assertThat(other.status().isConnected()).isTrue();
    }

    // Stop means stop

    @Test
    void closingAnAttemptCancelsItAndWaitsForTheDisconnect() {
        FakeConnection connection = connection();
        TestPublisher<Void> slow = TestPublisher.create();
        connection.onConnect = Mono::never;
        connection.onDisconnect = slow::mono;
        connection.start();
        StepVerifier.create(connection.close())
                .then(() -> assertThat(connection.cancels).hasValue(1))
                .then(() -> assertThat(connection.status().state()).isEqualTo(CLOSING))
                .then(slow::complete)
                .verifyComplete();

        assertThat(connection.status().state()).isEqualTo(CLOSED);
        assertNothingMoreHappens(connection, 1, 1);
    }

    @Test
    void closingEndsAWait() {
        FakeConnection connection = connection();
        connection.refuses("nobody there");
        connection.start();
        connection.close().block();

        assertNothingMoreHappens(connection, 1, 1);
    }

    @Test
    void closingEndsAPing() {
        FakeConnection connection = connection();
        AtomicInteger cancelled = new AtomicInteger();
        connection.onPing = () -> Mono.<Void>never().doOnCancel(cancelled::incrementAndGet);
        connection.start();
        pass(Duration.ofSeconds(15));
        connection.close().block();

        assertThat(cancelled).hasValue(1);
        assertNothingMoreHappens(connection, 1, 1);
        assertThat(connection.pings).hasValue(1);
    }

    @Test
    void closingWaitsOnlySoLong() {
        FakeConnection connection = connection();
        connection.onDisconnect = Mono::never;
        connection.start();
        AtomicInteger done = new AtomicInteger();
        connection.close().subscribe(nothing -> {}, e -> {}, done::incrementAndGet);
        connection.close().subscribe(nothing -> {}, e -> {}, done::incrementAndGet);
        pass(Duration.ofMillis(9_999));
        assertThat(done).hasValue(0);
        passMillis(1);

        assertThat(done).hasValue(2);
        connection.close().block();
        assertNothingMoreHappens(connection, 1, 1);
    }

    @Test
    void closingWhileTheOldLinkIsPutAwayDialsNoNewOne() {
        FakeConnection connection = connection();
        TestPublisher<Void> slow = TestPublisher.create();
        connection.onDisconnect = slow::mono;
        connection.start();
        pass(Duration.ofSeconds(20));
        connection.lose("cut");
        AtomicInteger done = new AtomicInteger();
        connection.close().subscribe(nothing -> {}, e -> {}, done::incrementAndGet);
        assertThat(done).hasValue(0);
        slow.complete();

        assertThat(done).hasValue(1);
        assertNothingMoreHappens(connection, 1, 1);
    }

    @Test
    void closedBeforeTheStartNeverStarts() {
        FakeConnection connection = connection();
        connection.close().block();
        assertThat(connection.status().state()).isEqualTo(CLOSED);

        assertNothingMoreHappens(connection, 0, 0);
    }

    private void assertNothingMoreHappens(FakeConnection connection, int connects, int disconnects) {
        connection.start();
        connection.retryNow();
        connection.enable();
        connection.disable();
        connection.enable();
        connection.lose("late");
        connection.lose(connection.generation, "late");
        pass(Duration.ofDays(1));
        assertThat(connection.connects).hasValue(connects);
        assertThat(connection.disconnects).hasValue(disconnects);
        assertThat(connection.status().state()).isEqualTo(CLOSED);
    }
}
