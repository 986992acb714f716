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
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A connection and a far end that a test plays, in virtual time and on one thread. */
class ConnectionTest {

    private static final Map<String, Object> STEADY = Map.of("reconnect_jitter", 0);

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final Application app = new Application(time, time);
    private final Logger logger = (Logger) LoggerFactory.getLogger(Connection.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        logger.setLevel(Level.DEBUG);
        logger.setAdditive(false);
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void forget() {
        logger.detachAppender(log);
        logger.setLevel(null);
        logger.setAdditive(true);
        time.dispose();
    }

    private FakeConnection connection() {
        return new FakeConnection(app, "C", STEADY);
    }

    private FakeConnection connection(Map<String, ?> config) {
        Map<String, Object> all = new LinkedHashMap<>(STEADY);
        all.putAll(config);
        return new FakeConnection(app, "C", all);
    }

    private void pass(Duration duration) {
        time.advanceTimeBy(duration);
    }

    private void passMillis(long millis) {
        pass(Duration.ofMillis(millis));
    }

    private List<String> logged(Level level) {
        return log.list.stream()
                .filter(event -> event.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static List<ConnectionState> states(Connection connection) {
        return connection.history().stream().map(ConnectionEvent::to).toList();
    }

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

    // What others see

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
