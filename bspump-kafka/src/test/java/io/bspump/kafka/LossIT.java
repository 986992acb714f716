package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.test.LossAccount;
import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.internals.SubscriptionState;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Numbered records go from topic to topic, while brokers and pumps are killed, frozen and added: none is missing. */
class LossIT {

    private static final boolean FULL = Boolean.getBoolean("bspump.full");
    private static final int RECORDS = FULL ? 1_000_000 : 66_000;
    private static final int LAST_LINES = 20;
    private static final Duration PATIENCE = Duration.ofMinutes(FULL ? 20 : 2);

    private static final List<Step> STEPS = List.of(
            Step.KILL_PUMP,
            Step.KILL_BROKER,
            Step.KILL_PUMP,
            Step.JOIN,
            Step.KILL_BROKER,
            Step.KILL_PUMP,
            Step.ADD_PARTITIONS,
            Step.KILL_PUMP,
            Step.LEAVE,
            Step.KILL_BROKER,
            Step.KILL_PUMP);

    private enum Step {
        KILL_PUMP,
        KILL_BROKER,
        ADD_PARTITIONS,
        JOIN,
        LEAVE
    }

    private enum Delivery {
        AT_LEAST_ONCE,
        EXACTLY_ONCE;

        void check(LossAccount account) {
            if (this == EXACTLY_ONCE) {
                account.assertExactlyOnce();
            } else {
                account.assertNothingMissing();
            }
        }
    }

    @TempDir
    Path directory;

    private final TestBroker.Builder ports = TestBroker.builder();
    private final List<PumpProcess> pumps = new ArrayList<>();
    private PumpProcess broker;
    private TestClient client;

    @BeforeEach
    void start() {
        startBroker();
        client = TestClient.to(ports.internal());
        client.createTopic("in", 6).createTopic("out", 6);
    }

    @AfterEach
    void stop() {
        client.close();
        pumps.forEach(PumpProcess::close);
        broker.close();
    }

    private void startBroker() {
        broker = PumpProcess.main(TestBroker.class)
                .jvmArgs("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .args(directory.resolve("broker").toString())
                .args(ports.portTexts())
                .start();
        broker.awaitLine("broker is up", PATIENCE);
    }

    private void killBroker() {
        broker.kill9();
        startBroker();
    }

    private PumpProcess startPump(Delivery delivery, String protocol) throws IOException {
        String settings = protocol.equals("classic") ? "session_timeout_ms = 2000\nheartbeat_interval_ms = 300\n" : "";
        Path conf = Files.writeString(
                Files.createTempFile(directory, "pump", ".conf"),
                "[general]\nvar_dir = " + directory.resolve("var")
                        + "\n[pipeline:Copy]\nretry_delay = 200ms\ndelivery = "
                        + delivery.name().toLowerCase(Locale.ROOT)
                        + "\n[connection:K]\ntype = kafka\nbootstrap_servers = 127.0.0.1:" + ports.port()
                        + "\nmetadata_max_age_ms = 500\nping_interval = 500ms\n"
                        + "[pipeline:Copy:KafkaSource]\ntopic = in\ngroup_id = copy\ncommit_interval = 200ms\ngroup_protocol = "
                        + protocol + "\n" + settings + "[pipeline:Copy:KafkaSink]\ntopic = out\n"
                        + "[logging]\nlevels =\n org.apache.kafka ERROR\n " + SubscriptionState.class.getName()
                        + " INFO\n");
        PumpProcess pump = PumpProcess.main(LossPump.class)
                .jvmArgs("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .args("-c", conf.toString())
                .start();
        pumps.add(pump);
        pump.awaitLine("[pipeline:Copy] running", PATIENCE);
        return pump;
    }

    private void send(int from, int to) {
        for (int i = from; i < to; i++) {
            client.send(new ProducerRecord<>("in", Integer.toString(i).getBytes(UTF_8)));
        }
        client.flush();
    }

    /** Waits until everything that was read is committed, then reads what came out. */
    private LossAccount account() {
        until("all is committed", this::isAllDone);
        LossAccount account = new LossAccount();
        account.expect(0, RECORDS - 1);
        client.forEach("out", record -> account.saw(number(record)));
        return account;
    }

    private static long number(ConsumerRecord<byte[], byte[]> record) {
        return Long.parseLong(new String(record.value(), UTF_8));
    }

    private void check(Delivery delivery, LossAccount account) {
        try {
            delivery.check(account);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + twice(), e);
        }
    }

    /** What pumps said of positions, and where records came from and stand that came more than once, about one of a hundred. */
    private String twice() {
        Map<Long, String> from = new HashMap<>();
        client.forEach("in", record -> from.merge(number(record), "in " + place(record), (a, b) -> a + " and " + b));
        Map<Long, String> first = new HashMap<>();
        List<String> twice = new ArrayList<>();
        client.forEach("out", record -> {
            String before = first.putIfAbsent(number(record), place(record));
            if (before != null) {
                twice.add(number(record) + " " + from.get(number(record)) + " out " + before + ", " + place(record));
            }
        });
        Stream<String> returns = pumps.stream()
                .flatMap(pump -> pump.output().stream())
                .filter(line -> line.contains("position") || line.contains("offset"));
        return Stream.concat(
                        returns,
                        IntStream.range(0, twice.size())
                                .filter(index -> index % 100 == 0)
                                .mapToObj(twice::get))
                .collect(Collectors.joining("\n"));
    }

    private static String place(ConsumerRecord<byte[], byte[]> record) {
        return record.partition() + ":" + record.offset() + " at " + record.timestamp();
    }

    private String shown() {
        StringBuilder text = new StringBuilder();
        for (int partition = 0; partition < client.partitions("in"); partition++) {
            text.append(partition)
                    .append(':')
                    .append(client.committed("copy", "in", partition))
                    .append(' ');
        }
        text.append("\n").append(client.group("copy"));
        for (PumpProcess pump : pumps) {
            List<String> lines = pump.output();
            text.append("\n--- ").append(pump.isAlive() ? "alive" : "ended");
            lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size())
                    .forEach(line -> text.append("\n").append(line));
        }
        return text.toString();
    }

    private boolean isAllDone() {
        long committed = 0;
        for (int partition = 0; partition < client.partitions("in"); partition++) {
            committed += Math.max(0, client.committed("copy", "in", partition));
        }
        return committed >= RECORDS && !client.hasOpenTransactions("out");
    }

    @ParameterizedTest
    @EnumSource
    void losesNothingWhenBrokersAndPumpsAreKilled(Delivery delivery) throws IOException {
        PumpProcess pump = startPump(delivery, "classic");
        PumpProcess other = null;
        for (int step = 0; step < STEPS.size(); step++) {
            long before = client.count("out");
            send(RECORDS * step / STEPS.size(), RECORDS * (step + 1) / STEPS.size());
            pump.await("some records", () -> client.count("out") > before, PATIENCE);
            switch (STEPS.get(step)) {
                case KILL_PUMP -> {
                    pump.kill9();
                    pump = startPump(delivery, "classic");
                }
                case KILL_BROKER -> killBroker();
                case ADD_PARTITIONS -> client.addPartitions("in", 8);
                case JOIN -> {
                    other = startPump(delivery, "classic");
                    untilWork(2);
                }
                case LEAVE -> leave(requireNonNull(other));
            }
        }
        LossAccount account = account();
        leave(pump);
        check(delivery, account);
        report(delivery + ", 5 pumps and 3 brokers killed, one pump came and went", account);
    }

    private static void leave(PumpProcess pump) {
        pump.terminate();
        assertThat(pump.awaitExit(PATIENCE)).isZero();
    }

    @SuppressWarnings("SystemOut")
    private static void report(String what, LossAccount account) {
        System.out.println(RECORDS + " records, " + what + ": " + account);
    }

    @ParameterizedTest
    @EnumSource
    void losesNothingWhenMembersComeAndGo(Delivery delivery) throws IOException {
        membersComeAndGo(delivery, "classic");
    }

    @ParameterizedTest
    @EnumSource
    void losesNothingWhenMembersOfTheConsumerProtocolComeAndGo(Delivery delivery) throws IOException {
        membersComeAndGo(delivery, "consumer");
    }

    private void membersComeAndGo(Delivery delivery, String protocol) throws IOException {
        client.addPartitions("in", 12);
        PumpProcess frozen = startPump(delivery, protocol);
        PumpProcess killed = startPump(delivery, protocol);
        PumpProcess leaving = startPump(delivery, protocol);
        send(0, RECORDS / 4);
        frozen.signal("STOP");
        send(RECORDS / 4, RECORDS / 2);
        killed.kill9();
        PumpProcess added = startPump(delivery, protocol);
        send(RECORDS / 2, RECORDS / 4 * 3);
        // Past its session timeout the others have its partitions.
        untilWork(2);
        frozen.signal("CONT");
        untilWork(3);
        leave(leaving);
        send(RECORDS / 4 * 3, RECORDS);
        untilWork(2);
        LossAccount account = account();
        check(delivery, account);
        assertThat(added.isAlive() && frozen.isAlive()).isTrue();
        report(delivery + ", one pump of 3 frozen, one killed, one added, by the protocol " + protocol, account);
    }

    /** All partitions are shared by so many members, and all of these are alive. */
    private void untilWork(int members) {
        until(members + " work", () -> client.members("copy") == members && client.working("copy") == members);
    }

    private void until(String what, Callable<Boolean> condition) {
        try {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .ignoreExceptionsInstanceOf(KafkaException.class)
                    .until(condition);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("not so far that " + what + ": " + shown(), e);
        }
    }
}
