package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Meter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Who uses a connection, and what may be done with it meanwhile; in virtual time and on one thread. */
class ConnectionReferenceTest {

    private static final Map<String, Object> STEADY = Map.of("reconnect_jitter", 0);

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final Application app = new Application(time, time);
    private final PumpService pumps = app.pumpService();

    @AfterEach
    void disposeTime() {
        time.dispose();
    }

    private FakeConnection add(String id) {
        return pumps.addConnection(new FakeConnection(app, id, STEADY));
    }

    private FakeConnection next(String id) {
        return new FakeConnection(app, id, STEADY);
    }

    private ConnectionReference<FakeConnection> attach(String id, String referrer) {
        return pumps.attach(id, FakeConnection.class, referrer);
    }

    private void pass(Duration duration) {
        time.advanceTimeBy(duration);
    }

    // Holding

    @Test
    void referencesAreListedByReferrerAndClosedOnce() {
        FakeConnection connection = add("C");
        pass(Duration.ofSeconds(3));
        ConnectionReference<FakeConnection> first = attach("C", "Import.Sink");
        ConnectionReference<FakeConnection> second = attach("C", "Export.Sink");

        assertThat(first.connection()).isSameAs(connection);
        assertThat(pumps.references("C")).containsExactly(first, second);
        assertThat(first).hasToString("Import.Sink -> C");
        assertThat(first.since()).isEqualTo(Instant.ofEpochSecond(3));
        first.close();
        first.close();
        assertThat(pumps.references("C")).containsExactly(second);
    }

    @Test
    void unknownIdsAndOtherTypesAreRefused() {
        add("Orders");
        assertThatThrownBy(() -> attach("Order", "Import.Sink"))
                .hasMessage("there is no connection with the id 'Order', did you mean 'Orders'? (known are Orders)");
        assertThatThrownBy(() -> pumps.attach("Orders", OtherConnection.class, "Import.Sink"))
                .hasMessage("[connection:Orders] is a FakeConnection, Import.Sink needs a OtherConnection");
        assertThat(pumps.references("Orders")).isEmpty();
    }

    @Test
    void aConnectionInUseIsNotRemoved() {
        FakeConnection connection = add("C");
        pumps.startConnections();
        ConnectionReference<FakeConnection> a = attach("C", "A.*KafkaSource");
        ConnectionReference<FakeConnection> b = attach("C", "B.KafkaSink");

        StepVerifier.create(pumps.removeConnection("C"))
                .verifyErrorMessage(
                        "[connection:C] is in use by A.*KafkaSource, B.KafkaSink; stop them first, or drain it");
        assertThat(connection.status().isConnected()).isTrue();
        a.close();
        b.close();
        StepVerifier.create(pumps.removeConnection("C")).verifyComplete();
        assertThat(connection.status().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(pumps.connections()).isEmpty();
        StepVerifier.create(pumps.removeConnection("C"))
                .verifyErrorMessage("there is no connection with the id 'C' (none is registered)");
    }

    @Test
    void drainWaitsUntilAllHaveLetGo() {
        FakeConnection connection = add("C");
        pumps.startConnections();
        ConnectionReference<FakeConnection> held = attach("C", "A.Sink");

        StepVerifier.create(pumps.drainConnection("C"))
                .then(() ->
                        assertThatThrownBy(() -> attach("C", "B.Sink")).hasMessage("[connection:C] is being removed"))
                .then(() -> assertThat(connection.status().isConnected()).isTrue())
                .then(held::close)
                .verifyComplete();
        assertThat(connection.status().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(pumps.connections()).isEmpty();
    }

    @Test
    void cancellingDoesNotCallADrainOff() {
        add("C");
        ConnectionReference<FakeConnection> held = attach("C", "A.Sink");
        pumps.drainConnection("C").subscribe().dispose();
        assertThat(pumps.connections()).hasSize(1);
        held.close();

        assertThat(pumps.connections()).isEmpty();
    }

    // Using

    @Test
    void workWaitsUntilItIsConnected() {
        FakeConnection connection = add("C");
        connection.refuses("nobody there");
        pumps.startConnections();
        ConnectionReference<FakeConnection> reference = attach("C", "A.Sink");
        AtomicInteger tries = new AtomicInteger();

        StepVerifier.create(reference.use(c -> Mono.fromSupplier(tries::incrementAndGet)))
                .expectSubscription()
                .then(() -> pass(Duration.ofHours(1)))
                .then(() -> assertThat(tries).hasValue(0))
                .then(connection::accepts)
                .then(() -> pass(Duration.ofSeconds(10)))
                .expectNext(1)
                .verifyComplete();
    }

    @Test
    void workBeginsAgainWhenTheLinkWentDownUnderIt() {
        FakeConnection connection = add("C");
        pumps.startConnections();
        ConnectionReference<FakeConnection> reference = attach("C", "A.Sink");
        TestPublisher<String> cut = TestPublisher.create();
        AtomicInteger tries = new AtomicInteger();

        StepVerifier.create(reference.use(c -> tries.incrementAndGet() == 1 ? cut.mono() : Mono.just("done")))
                .then(() -> connection.lose("cut"))
                .then(() -> cut.error(new IllegalStateException("broken pipe")))
                .then(() -> assertThat(tries).hasValue(1))
                .then(() -> pass(Duration.ofMillis(100)))
                .expectNext("done")
                .verifyComplete();
        assertThat(tries).hasValue(2);
    }

    @Test
    void anErrorThatAPingProvesToBeTheLinksBeginsAgain() {
        FakeConnection connection = add("C");
        pumps.startConnections();
        ConnectionReference<FakeConnection> reference = attach("C", "A.Sink");
        AtomicInteger tries = new AtomicInteger();
        connection.onPing = () -> Mono.error(new IllegalStateException("no pong"));

        StepVerifier.create(reference.use(c -> tries.incrementAndGet() == 1
                        ? Mono.error(new IllegalStateException("no driver told it"))
                        : Mono.just("done")))
                .expectSubscription()
                .then(() -> pass(Duration.ofMillis(100)))
                .expectNext("done")
                .verifyComplete();
        assertThat(connection.pings).hasValue(1);
    }

    @Test
    void anErrorOfTheWorkItselfIsNotRepeated() {
        FakeConnection connection = add("C");
        pumps.startConnections();
        ConnectionReference<FakeConnection> reference = attach("C", "A.Sink");
        AtomicInteger tries = new AtomicInteger();

        StepVerifier.create(reference.use(c -> {
                    tries.incrementAndGet();
                    return Mono.error(new IllegalArgumentException("no such column"));
                }))
                .verifyErrorMessage("no such column");
        assertThat(tries).hasValue(1);
        assertThat(connection.pings).hasValue(1);
        assertThat(connection.status().isConnected()).isTrue();
    }

    @Test
    void workFailsWhenTheConnectionIsRemoved() {
        FakeConnection connection = add("C");
        connection.refuses("nobody there");
        pumps.startConnections();
        ConnectionReference<FakeConnection> reference = attach("C", "A.Sink");
        StepVerifier.create(reference.use(c -> Mono.just(1)))
                .expectSubscription()
                .then(() -> pumps.stop().subscribe())
                .verifyErrorMessage("[connection:C] is closed");
    }

    // Updating

    @Test
    void anUpdateDialsFirstThenMovesThenClosesTheOldOne() {
        FakeConnection old = add("C");
        pumps.startConnections();
        ConnectionReference<FakeConnection> reference = attach("C", "A.Sink");
        List<Object> seen = new ArrayList<>();
        reference.connections().subscribe(seen::add);
        FakeConnection next = next("C");
        TestPublisher<Void> dial = TestPublisher.create();
        next.onConnect = dial::mono;

        StepVerifier.create(pumps.updateConnection(next))
                .expectSubscription()
                .then(() -> assertThat(reference.connection()).isSameAs(old))
                .then(dial::complete)
                .verifyComplete();

        assertThat(reference.connection()).isSameAs(next);
        assertThat(pumps.locateConnection("C")).isSameAs(next);
        assertThat(pumps.references("C")).containsExactly(reference);
        assertThat(seen).containsExactly(old, next);
        assertThat(old.status().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(old.disconnects).hasValue(1);
        assertThat(next.status().isConnected()).isTrue();
    }

    @Test
    void workOverTheOldOneIsWaitedFor() {
        FakeConnection old = add("C");
        pumps.startConnections();
        ConnectionReference<FakeConnection> reference = attach("C", "A.Sink");
        TestPublisher<String> work = TestPublisher.create();
        List<String> results = new ArrayList<>();
        reference.use(c -> work.mono()).subscribe(results::add);

        StepVerifier.create(pumps.updateConnection(next("C")))
                .expectSubscription()
                .then(() -> assertThat(reference.connection()).isNotSameAs(old))
                .then(() -> assertThat(old.status().isConnected()).isTrue())
                .then(() -> work.emit("written"))
                .verifyComplete();
        assertThat(results).containsExactly("written");
        assertThat(old.status().state()).isEqualTo(ConnectionState.CLOSED);
    }

    @Test
    void workOverTheOldOneIsCutOffAfterTheDrainTimeout() {
        FakeConnection old = add("C");
        pumps.startConnections();
        ConnectionReference<FakeConnection> reference = attach("C", "A.Sink");
        reference.use(c -> Mono.never()).subscribe();

        StepVerifier.create(pumps.updateConnection(next("C")))
                .expectSubscription()
                .then(() -> pass(Duration.ofMillis(29_999)))
                .then(() -> assertThat(old.status().isConnected()).isTrue())
                .then(() -> pass(Duration.ofMillis(1)))
                .verifyComplete();
        assertThat(old.status().state()).isEqualTo(ConnectionState.CLOSED);
    }

    @Test
    void anUpdateThatDoesNotConnectInTimeIsRolledBack() {
        FakeConnection old = add("C");
        pumps.startConnections();
        ConnectionReference<FakeConnection> reference = attach("C", "A.Sink");
        FakeConnection next = next("C");
        next.refuses("nobody there");

        StepVerifier.create(pumps.updateConnection(next))
                .expectSubscription()
                .then(() -> pass(Duration.ofSeconds(10)))
                .verifyErrorMessage("[connection:C] stays as it was, the new one does not connect: nobody there");
        int dials = next.connects.get();
        pass(Duration.ofDays(1));

        assertThat(reference.connection()).isSameAs(old);
        assertThat(old.status().isConnected()).isTrue();
        assertThat(old.connects).hasValue(1);
        assertThat(next.status().state()).isEqualTo(ConnectionState.CLOSED);
        assertThat(next.connects).hasValue(dials);
        StepVerifier.create(pumps.updateConnection(next("C"))).verifyComplete();
    }

    @Test
    void anUpdateThatIsRefusedIsRolledBackAtOnce() {
        FakeConnection old = add("C");
        pumps.startConnections();
        FakeConnection next = next("C");
        next.refuses("bad password");
        next.classes = error -> ErrorClass.AUTHENTICATION;

        StepVerifier.create(pumps.updateConnection(next))
                .verifyErrorMessage("[connection:C] stays as it was, the new one does not connect: bad password");
        assertThat(next.connects).hasValue(1);
        assertThat(pumps.locateConnection("C")).isSameAs(old);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoIsTheSameForTheFarEndIsSwitchedOffFirst(boolean succeeds) {
        FakeConnection old = add("C");
        old.identity = "client 7";
        pumps.startConnections();
        FakeConnection next = next("C");
        next.identity = "client 7";
        List<ConnectionState> meanwhile = new ArrayList<>();
        next.onConnect = () -> {
            meanwhile.add(old.status().state());
            return succeeds ? Mono.empty() : Mono.error(new IllegalStateException("refused"));
        };
        next.classes = error -> ErrorClass.CONFIGURATION;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        pumps.updateConnection(next).subscribe(nothing -> {}, failure::set);

        assertThat(meanwhile).containsExactly(ConnectionState.DISCONNECTED);
        assertThat(failure.get() == null).isEqualTo(succeeds);
        assertThat(pumps.locateConnection("C")).isSameAs(succeeds ? next : old);
        assertThat(pumps.locateConnection("C").status().isConnected()).isTrue();
    }

    @Test
    void anUpdateBeforeTheStartJustTakesThePlace() {
        FakeConnection old = add("C");
        ConnectionReference<FakeConnection> reference = attach("C", "A.Sink");
        FakeConnection next = next("C");
        StepVerifier.create(pumps.updateConnection(next)).verifyComplete();
        pumps.startConnections();

        assertThat(reference.connection()).isSameAs(next);
        assertThat(old.connects).hasValue(0);
        assertThat(next.status().isConnected()).isTrue();
    }

    @Test
    void anUpdateFitsThoseWhoReferAndTheOneBefore() {
        add("C");
        pumps.startConnections();
        attach("C", "A.Sink");
        StepVerifier.create(pumps.updateConnection(new OtherConnection(app, "C")))
                .verifyErrorMessage("[connection:C] is a OtherConnection, A.Sink needs a FakeConnection");
        StepVerifier.create(pumps.updateConnection(pumps.locateConnection("C")))
                .verifyErrorMessage("[connection:C] must be updated with another object");
        StepVerifier.create(pumps.updateConnection(next("X")))
                .verifyErrorMessage("there is no connection with the id 'X' (known are C)");
        FakeConnection slow = next("C");
        slow.onConnect = Mono::never;
        pumps.updateConnection(slow).subscribe(nothing -> {}, e -> {});
        StepVerifier.create(pumps.updateConnection(next("C")))
                .verifyErrorMessage("[connection:C] is being updated already");
    }

    @Test
    void stoppingEndsAnUpdateAndNothingDialsAfterwards() {
        FakeConnection old = add("C");
        pumps.startConnections();
        FakeConnection next = next("C");
        next.onConnect = Mono::never;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        pumps.updateConnection(next).subscribe(nothing -> {}, failure::set);
        pumps.stop().block(Duration.ofSeconds(10));
        pass(Duration.ofDays(1));

        assertThat(List.of(old, next)).allSatisfy(each -> {
            assertThat(each.status().state()).isEqualTo(ConnectionState.CLOSED);
            assertThat(each.connects).hasValue(1);
            assertThat(each.disconnects).hasValue(1);
        });
        assertThat(failure.get()).hasMessageStartingWith("[connection:C] stays as it was");
    }

    @Test
    void stoppingClosesAnOldOneThatIsStillWorkedOver() {
        FakeConnection old = add("C");
        pumps.startConnections();
        attach("C", "A.Sink").use(c -> Mono.never()).subscribe();
        pumps.updateConnection(next("C")).subscribe();
        assertThat(old.status().isConnected()).isTrue();
        pumps.stop().block(Duration.ofSeconds(10));

        assertThat(old.status().state()).isEqualTo(ConnectionState.CLOSED);
    }

    // Figures

    @Test
    void metersTellWhatHappenedAndGoWithTheConnection() {
        FakeConnection connection = add("C");
        connection.refuses("nobody there");
        pumps.startConnections();
        attach("C", "A.Sink");
        pass(Duration.ofMillis(100));
        connection.accepts();
        pass(Duration.ofMillis(150));
        pass(Duration.ofSeconds(5));
        connection.lose("cut");
        pass(Duration.ofSeconds(10));

        assertThat(value("status")).isEqualTo(1);
        assertThat(value("attempts")).isEqualTo(4);
        assertThat(value("reconnects")).isEqualTo(1);
        assertThat(value("references")).isEqualTo(1);
        assertThat(value("failures", "class", "transient")).isEqualTo(3);
        assertThat(value("failures", "class", "authentication")).isZero();
        assertThat(value("state.seconds", "state", "connected")).isEqualTo(5 + 9.775);
        assertThat(value("last.connected")).isEqualTo(5.475);
        assertThat(value("last.disconnected")).isEqualTo(5.25);
        assertThat(app.meterRegistry()
                        .get("bspump.connection.connect")
                        .tags("connection", "C", "type", "FakeConnection")
                        .timer()
                        .count())
                .isEqualTo(2);

        pumps.references("C").forEach(ConnectionReference::close);
        pumps.removeConnection("C").block(Duration.ofSeconds(10));
        assertThat(connectionMeters()).isEmpty();
    }

    @Test
    void anUpdateMovesTheMeters() {
        FakeConnection old = add("C");
        pumps.startConnections();
        int meters = connectionMeters().size();
        FakeConnection next = next("C");
        pumps.updateConnection(next).block(Duration.ofSeconds(10));
        old.lose("late");
        next.refuses("nobody there");
        next.lose("cut");

        assertThat(value("status")).isEqualTo(-1);
        assertThat(connectionMeters()).hasSize(meters);
        pumps.stop().block(Duration.ofSeconds(10));
        assertThat(connectionMeters()).isEmpty();
    }

    private List<Meter> connectionMeters() {
        return app.meterRegistry().getMeters().stream()
                .filter(meter -> meter.getId().getName().startsWith("bspump.connection."))
                .toList();
    }

    private double value(String name, String... tags) {
        return app.meterRegistry()
                .get("bspump.connection." + name)
                .tags("connection", "C")
                .tags(tags)
                .meter()
                .measure()
                .iterator()
                .next()
                .getValue();
    }

    // Chaos

    @ParameterizedTest
    @ValueSource(longs = {1, 20261121, 4711})
    void tenThousandRandomStepsLeaveNothingBehind(long seed) {
        Random random = new Random(seed);
        Set<FakeConnection> made = new HashSet<>();
        List<ConnectionReference<FakeConnection>> held = new ArrayList<>();
        pumps.startConnections();
        for (int step = 0; step < 10_000; step++) {
            String id = "C" + random.nextInt(5);
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> tryTo(() -> held.add(attach(id, "R" + random.nextInt(10))));
                case 3, 4 -> {
                    if (!held.isEmpty()) {
                        held.remove(random.nextInt(held.size())).close();
                    }
                }
                case 5 ->
                    tryTo(() -> {
                        FakeConnection connection = random(random, next(id));
                        made.add(pumps.addConnection(connection));
                    });
                case 6 ->
                    tryTo(() -> {
                        FakeConnection connection = random(random, next(id));
                        made.add(connection);
                        pumps.updateConnection(connection).subscribe(nothing -> {}, e -> {});
                    });
                default -> {
                    Mono<Void> end = random.nextBoolean() ? pumps.removeConnection(id) : pumps.drainConnection(id);
                    end.subscribe(nothing -> {}, e -> {});
                }
            }
            pass(Duration.ofMillis(random.nextInt(500)));
        }
        held.forEach(ConnectionReference::close);
        pumps.connections().forEach(connection -> assertThat(pumps.references(connection.id()))
                .as("seed %s", seed)
                .isEmpty());
        pumps.stop().subscribe();
        pass(Duration.ofMinutes(2));

        assertThat(connectionMeters()).as("seed %s", seed).isEmpty();
        assertThat(made).hasSizeGreaterThan(500).allSatisfy(connection -> {
            assertThat(connection.connects.get()).isEqualTo(connection.disconnects.get());
            assertThat(connection.status().state()).isIn(ConnectionState.CLOSED, ConnectionState.INITIALIZED);
        });
        int dials =
                made.stream().mapToInt(connection -> connection.connects.get()).sum();
        pass(Duration.ofDays(1));
        assertThat(made.stream()
                        .mapToInt(connection -> connection.connects.get())
                        .sum())
                .isEqualTo(dials);
    }

    private static FakeConnection random(Random random, FakeConnection connection) {
        int fate = random.nextInt(4);
        connection.onConnect = () -> switch (fate) {
            case 0 -> Mono.never();
            case 1 -> Mono.error(new IllegalStateException("refused"));
            default -> Mono.empty();
        };
        return connection;
    }

    private static void tryTo(Runnable step) {
        try {
            step.run();
        } catch (IllegalArgumentException | IllegalStateException expected) {
            assertThat(expected).hasMessageMatching(".*(there is (no|already)|is being|is a ).*");
        }
    }

    private static final class OtherConnection extends Connection {
        OtherConnection(Application app, String id) {
            super(app, id);
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
}
