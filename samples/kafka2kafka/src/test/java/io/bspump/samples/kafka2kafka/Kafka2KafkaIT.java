package io.bspump.samples.kafka2kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the fat jar as a process, in the directory of the project as the README says. */
class Kafka2KafkaIT {

    private static final Path PROJECT = Path.of("../..").toAbsolutePath().normalize();
    private static final Path CONF = PROJECT.resolve("conf/kafka2kafka.conf");
    private static final Path ORDERS = Path.of("orders.jsonl");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String PAID =
            "{\"order\":1,\"customer\":\"ada\",\"country\":\"CZ\",\"amount\":120.5,\"paid\":true,\"country_name\":\"Czechia\"}";

    @TempDir
    Path directory;

    private PumpProcess pump(Path conf) {
        return PumpProcess.jar(Path.of("target/kafka2kafka.jar").toAbsolutePath())
                .args("-c", conf.toString(), "--set", "general:var_dir=" + directory.resolve("var"))
                .workingDirectory(PROJECT)
                .start();
    }

    private static void terminate(PumpProcess pump) {
        pump.terminate();
        assertThat(pump.awaitExit(PATIENCE)).isZero();
    }

    private static void produce(String broker) throws IOException {
        Map<String, Object> properties = Map.of("bootstrap.servers", broker);
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            for (String order : Files.readAllLines(ORDERS)) {
                var unused = producer.send(new ProducerRecord<>(Kafka2Kafka.ORDERS, 0, null, order));
            }
        }
    }

    private static List<String> consume(String broker, String topic, int count) {
        Map<String, Object> properties =
                Map.of("bootstrap.servers", broker, "group.id", "test", "auto.offset.reset", "earliest");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (values.size() < count && System.nanoTime() - end < 0) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }

    @Test
    void whatAProducerSendsComesOutOfTheEmbeddedBroker() throws IOException {
        try (PumpProcess pump = pump(CONF)) {
            String line = pump.awaitLine("The embedded broker listens on ", PATIENCE);
            String broker = line.replaceFirst(".* --bootstrap-server (\\S+) .*", "$1");
            pump.awaitLine("[pipeline:Orders] running", PATIENCE);
            produce(broker);
            assertThat(pump.awaitLine("{\"order\":1,", PATIENCE)).isEqualTo(PAID);
            assertThat(pump.awaitLine("{\"order\":3,", PATIENCE)).contains("\"country_name\":\"Slovakia\"");
            assertThat(pump.awaitLine("{\"order\":4,", PATIENCE)).doesNotContain("country_name");
            assertThat(pump.output()).noneMatch(text -> text.startsWith("{\"order\":2,"));
            assertThat(consume(broker, Kafka2Kafka.BROKEN, 1)).containsExactly("this is no order");
            assertThat(pump.output()).noneMatch(text -> text.contains("org.apache.kafka") || text.contains("Log4j"));
            terminate(pump);
        }
    }

    @Test
    void whatIsTypedComesOut() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-jar",
                        Path.of("target/kafka2kafka.jar").toAbsolutePath().toString(),
                        "-c",
                        CONF.toString(),
                        "--set",
                        "general:var_dir=" + directory.resolve("var"))
                .directory(PROJECT.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(ORDERS.toFile());
        Process process = builder.start();
        try (var lines = process.inputReader(UTF_8).lines()) {
            assertThat(lines.filter(line -> line.startsWith("{\"order\":")).limit(3))
                    .hasSize(3)
                    .contains(PAID);
        } finally {
            process.destroy();
            process.onExit().join();
        }
    }

    @Test
    void oneLineOfTheConfigurationNamesAnotherBroker() throws Exception {
        EmbeddedBroker broker = new EmbeddedBroker();
        broker.start();
        String conf = Files.readString(CONF)
                .replaceFirst("(?m)^# bootstrap_servers = .*$", "bootstrap_servers = " + broker.address());
        Files.writeString(directory.resolve("kafka2kafka.conf"), conf);
        try (PumpProcess pump = pump(directory.resolve("kafka2kafka.conf"))) {
            pump.awaitLine("[pipeline:Orders] running", PATIENCE);
            pump.awaitLine("Topic made, topic=orders-broken", PATIENCE);
            produce(broker.address());
            assertThat(consume(broker.address(), Kafka2Kafka.PAID, 3)).contains(PAID);
            assertThat(pump.output()).noneMatch(line -> line.contains("embedded broker"));
            terminate(pump);
        } finally {
            broker.stop();
        }
    }
}
