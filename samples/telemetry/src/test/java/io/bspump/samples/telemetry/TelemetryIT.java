package io.bspump.samples.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the fat jar as a process. */
class TelemetryIT {

    private static final Path JAR = Path.of("target/telemetry.jar").toAbsolutePath();
    private static final Path CONF = Path.of("../../conf/telemetry.conf").toAbsolutePath();
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path directory;

    private PumpProcess telemetry(Path conf) {
        return PumpProcess.jar(JAR)
                .args("-c", conf.toString(), "--set", "trigger:EverySecond:interval=100ms")
                .workingDirectory(directory)
                .start();
    }

    private static void terminate(PumpProcess pump) {
        pump.terminate();
        assertThat(pump.awaitExit(PATIENCE)).isZero();
    }

    @Test
    void figuresComeBackThroughTheEmbeddedBroker() throws IOException {
        try (PumpProcess pump = telemetry(CONF)) {
            pump.awaitLine("The embedded broker listens on tcp://127.0.0.1:", PATIENCE);
            pump.awaitLine("Connected, connection=Broker", PATIENCE);
            JsonNode first = MAPPER.readTree(pump.awaitLine("{\"host\":", PATIENCE));
            JsonNode later = MAPPER.readTree(pump.awaitLine("{\"host\":", PATIENCE));
            assertThat(first.fieldNames())
                    .toIterable()
                    .containsExactly(
                            "host",
                            "time",
                            "processor",
                            "memory",
                            "disk_read",
                            "disk_written",
                            "network_received",
                            "network_sent");
            assertThat(first.get("processor").doubleValue()).isBetween(0.0, 1.0);
            assertThat(first.get("memory").doubleValue()).isGreaterThan(0).isLessThan(1);
            assertThat(Instant.parse(first.get("time").textValue()))
                    .isBeforeOrEqualTo(Instant.parse(later.get("time").textValue()));
            assertThat(pump.output()).noneMatch(line -> line.contains("org.apache.activemq"));
            terminate(pump);
        }
    }

    @Test
    void oneLineOfTheConfigurationNamesAnotherBroker() throws Exception {
        EmbeddedBroker broker = new EmbeddedBroker();
        broker.start();
        Mqtt5BlockingClient reader = MqttClient.builder()
                .useMqttVersion5()
                .serverHost("127.0.0.1")
                .serverPort(Integer.parseInt(broker.url().substring(broker.url().lastIndexOf(':') + 1)))
                .buildBlocking();
        String conf =
                Files.readString(CONF).replace("# server = tcp://broker.example:1883", "server = " + broker.url());
        Files.writeString(directory.resolve("telemetry.conf"), conf);
        reader.connect();
        try (Mqtt5BlockingClient.Mqtt5Publishes published = reader.publishes(MqttGlobalPublishFilter.ALL);
                PumpProcess pump = telemetry(directory.resolve("telemetry.conf"))) {
            reader.subscribeWith().topicFilter("telemetry/#").send();
            var message =
                    published.receive(PATIENCE.toSeconds(), TimeUnit.SECONDS).orElseThrow();
            JsonNode figures = MAPPER.readTree(new String(message.getPayloadAsBytes(), UTF_8));
            assertThat(message.getTopic())
                    .hasToString("telemetry/" + figures.get("host").textValue());
            for (String figure : List.of("processor_busy", "processor_total", "memory_total", "memory_available")) {
                assertThat(figures.get(figure).longValue()).as(figure).isPositive();
            }
            pump.awaitLine("{\"host\":", PATIENCE);
            assertThat(pump.output()).noneMatch(line -> line.contains("embedded broker"));
            terminate(pump);
        } finally {
            reader.disconnect();
            broker.stop();
        }
    }
}
