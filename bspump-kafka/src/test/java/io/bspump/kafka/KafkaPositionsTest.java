package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.BatchSink;
import io.bspump.Pipeline;
import io.bspump.PipelineState;
import io.bspump.Position;
import io.bspump.RewindException;
import io.bspump.TransactionalSink;
import io.micrometer.core.instrument.FunctionCounter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** From topics to a sink of another kind that keeps the offsets in its own transactions. */
class KafkaPositionsTest {

    private static TestBroker broker;
    private static TestClient client;

    @TempDir
    Path directory;

    private final Store store = new Store();

    @BeforeAll
    static void startBroker() {
        broker = TestBroker.start();
        client = TestClient.to(broker);
    }

    @AfterAll
    static void stopBroker() {
        client.close();
        broker.close();
    }

    /** Stands for a table that all pumps write to. */
    private static final class Store {

        private final List<String> events = new ArrayList<>();
        private final Map<String, String> positions = new HashMap<>();
        private final AtomicBoolean down = new AtomicBoolean();

        synchronized void commit(Batch<byte[]> batch, Map<String, String> expected) {
            for (Position position : batch.positions()) {
                String now = positions.get(position.name());
                if (now != null && !now.equals(expected.get(position.name()))) {
                    throw new RewindException(position.name() + " is " + now);
                }
            }
            batch.forEach(event -> events.add(new String(event, UTF_8)));
            batch.positions().forEach(position -> {
                positions.put(position.name(), position.value());
                expected.put(position.name(), position.value());
            });
        }

        synchronized Map<String, String> read(Predicate<String> names) {
            Map<String, String> found = new HashMap<>(positions);
            found.keySet().removeIf(name -> !names.test(name));
            return found;
        }

        synchronized List<String> events() {
            return List.copyOf(events);
        }
    }

    private static final class StoreSink extends BatchSink<byte[]> implements TransactionalSink<byte[]> {

        private final Store store;
        private final Map<String, String> expected = new HashMap<>();

        StoreSink(Application app, Pipeline pipeline, Store store) {
            super(app, pipeline, "Store", Map.of("batch_size", 20, "linger", "10ms"));
            this.store = store;
        }

        @Override
        protected Mono<Void> process(Batch<byte[]> batch) {
            throw new AssertionError("not called when it writes transactions");
        }

        @Override
        public Mono<Void> write(Batch<byte[]> batch) {
            return Mono.fromRunnable(() -> {
                synchronized (expected) {
                    store.commit(batch, expected);
                }
            });
        }

        @Override
        public Mono<Map<String, String>> positions(Predicate<String> names) {
            return Mono.fromSupplier(() -> {
                if (store.down.get()) {
                    throw new IllegalStateException("the store is down");
                }
                Map<String, String> found = store.read(names);
                synchronized (expected) {
                    expected.putAll(found);
                }
                return found;
            });
        }
    }

    private TestPump start(String topic) {
        TestPump pump = new TestPump(
                directory,
                "[connection:K]\ntype = kafka\nbootstrap_servers = " + broker.servers()
                        + "\n[pipeline:P]\ndelivery = exactly_once\nretry_delay = 50ms\n[pipeline:P:KafkaSource]\ntopic = "
                        + topic
                        + "\ngroup_id = " + topic
                        + "\ncommit_interval = 20ms\nheartbeat_interval_ms = 100\nsession_timeout_ms = 2000\n");
        pump.app()
                .pumpService()
                .addPipeline(TestPump.pipeline(
                        pump.app(), "P", (a, p) -> List.of(new KafkaSource(a, p, "K"), new StoreSink(a, p, store))));
        return pump.start();
    }

    private void until(int count) {
        TestPump.until(() -> store.events().size() >= count);
    }

    private void assertNumbers(int count) {
        assertThat(store.events())
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, count).mapToObj(Integer::toString).toList());
    }

    private static double rewinds(TestPump pump) {
        FunctionCounter counter =
                pump.app().meterRegistry().find("bspump.pipeline.rewind").functionCounter();
        return counter == null ? 0 : counter.count();
    }

    @Test
    void beginsWhereTheSinkKnowsThePartition() {
        client.createTopic("known", 1);
        client.sendNumbers("known", 0, 100);
        try (TestPump pump = start("known")) {
            until(100);
            assertThat(pump.pipeline("P").isExactlyOnce()).isTrue();
            assertThat(store.positions).isEqualTo(Map.of("KafkaSource/known-0", "100"));
            // For people to see, the group has them as well.
            TestPump.until(() -> client.committed("known", "known", 0) == 100);
        }
        TestClient.get(client.admin().deleteConsumerGroups(List.of("known")).all());
        client.sendNumbers("known", 100, 150);
        try (TestPump pump = start("known")) {
            until(150);
            assertThat(pump.pipeline("P").isExactlyOnce()).isTrue();
        }
        assertNumbers(150);
    }

    @Test
    void membersThatComeAndGoWriteNothingTwice() {
        client.createTopic("shared", 6);
        int count = 0;
        try (TestPump first = start("shared")) {
            TestPump.until(() -> first.pipeline("P").state() == PipelineState.RUNNING);
            for (int i = 0; i < 3; i++) {
                client.sendNumbers("shared", count, count + 500);
                try (TestPump second = start("shared")) {
                    TestPump.until(() -> second.pipeline("P").state() == PipelineState.RUNNING);
                    client.sendNumbers("shared", count + 500, count + 1000);
                    count += 1000;
                    until(count - 500);
                }
            }
            until(count);
        }
        assertNumbers(count);
    }

    @Test
    void waitsForAStoreThatIsDownWhenItGetsPartitions() {
        client.createTopic("later", 2);
        client.sendNumbers("later", 0, 50);
        store.down.set(true);
        try (TestPump pump = start("later")) {
            TestPump.until(() -> rewinds(pump) > 1);
            store.down.set(false);
            until(50);
        }
        assertNumbers(50);
    }
}
