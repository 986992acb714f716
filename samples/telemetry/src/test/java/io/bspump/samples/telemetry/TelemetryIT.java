package io.bspump.samples.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import io.bspump.test.PumpProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the fat jar as a process. */
class TelemetryIT {

    private static final Path JAR = Path.of("target/telemetry.jar").toAbsolutePath();
    private static final Path CONF = Path.of("../../conf").toAbsolutePath().normalize();
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path directory;

    private PumpProcess.Builder telemetry(String... args) throws IOException {
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        return PumpProcess.jar(JAR)
                .jvmArgs("-Djava.io.tmpdir=" + temporary)
                .args(args)
                .args("--set", "web:listen=127.0.0.1:0", "--set", "trigger:EveryFiveSeconds:interval=1s")
                .workingDirectory(directory);
    }

    private static int port(PumpProcess pump, String line) {
        Matcher matcher = Pattern.compile("listens on (?:tcp://)?127\\.0\\.0\\.1:(\\d+), look: ")
                .matcher(pump.awaitLine(line, PATIENCE));
        assertThat(matcher.find()).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private static JsonNode json(String line) {
        try {
            return MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for a line that tells of so many measurements. */
    private static JsonNode awaitMeasurements(PumpProcess pump, long count) {
        return json(pump.awaitLine(
                count + " measurements",
                line -> line.startsWith("{\"host\":")
                        && json(line).get("measurements").asLong() >= count,
                PATIENCE));
    }

    private static List<String> query(int port, String sql) {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "postgres");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            List<String> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(result.getString(1));
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static void publish(int port, String topic, String text) {
        Mqtt5BlockingClient client = MqttClient.builder()
                .useMqttVersion5()
                .serverHost("127.0.0.1")
                .serverPort(port)
                .buildBlocking();
        client.connect();
        client.publishWith()
                .topic(topic)
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload(text.getBytes(UTF_8))
                .send();
        client.disconnect();
    }

    private static boolean isListening(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theReadmeBeginsWithIt() throws IOException {
        String readme = Files.readString(CONF.resolveSibling("README.md"));
        assertThat(readme.substring(readme.indexOf("```sh\n") + 6))
                .startsWith("mvn -q package -DskipTests && java -jar samples/telemetry/target/telemetry.jar --web\n");
    }

    @Test
    void measurementsArriveInTheTableAndNonsenseInAnother() throws IOException {
        try (PumpProcess pump = telemetry().start()) {
            int broker = port(pump, "The embedded broker listens on");
            int database = port(pump, "The embedded database listens on");
            pump.awaitLine("Listening, url=http://127.0.0.1:", PATIENCE);

            JsonNode shown = awaitMeasurements(pump, 3);

            assertThat(shown.get("missing").asLong()).isZero();
            assertThat(shown.get("rows").asLong())
                    .isEqualTo(6 * shown.get("measurements").asLong());
            assertThat(shown.get("last").get("processor").doubleValue()).isBetween(0.0, 1.0);
            assertThat(query(database, "SELECT DISTINCT metric FROM telemetry ORDER BY metric"))
                    .containsExactly(
                            "disk_read", "disk_written", "memory", "network_received", "network_sent", "processor");

            publish(broker, "telemetry/me", "nonsense");
            pump.await(
                    "the dead letter",
                    () -> !query(database, "SELECT 1 FROM telemetry_dead").isEmpty(),
                    PATIENCE);
            assertThat(query(database, "SELECT topic || ' ' || stage || ' ' || event FROM telemetry_dead"))
                    .containsExactly("telemetry/me StdJsonToDictParser nonsense");

            pump.signal("INT");
            assertThat(pump.awaitExit(PATIENCE)).isZero();
            assertThat(List.of(broker, database)).noneMatch(TelemetryIT::isListening);
            assertThat(pump.output()).noneMatch(line -> line.contains("org.apache.activemq"));
        }
        try (Stream<Path> left = Files.list(directory.resolve("tmp"))) {
            assertThat(left.filter(each -> each.getFileName().toString().startsWith("telemetry")))
                    .isEmpty();
        }
    }

    @Test
    void nothingIsMissingWhenServersStopAndStart() throws IOException {
        Path conf = CONF.resolve("telemetry-outages.conf");
        try (PumpProcess pump = telemetry("-c", conf.toString())
                .args("--set", "embedded:outage_every=4s", "--set", "embedded:outage_lasts=3s")
                .start()) {
            for (String server : List.of("broker", "database", "broker", "database")) {
                pump.awaitLine("Outage: the " + server + " stops", PATIENCE);
                pump.awaitLine("The " + server + " is back", PATIENCE);
            }

            JsonNode before = awaitMeasurements(pump, 1);
            JsonNode after = awaitMeasurements(pump, before.get("measurements").asLong() + 2);

            assertThat(after.get("missing").asLong()).isZero();
            pump.terminate();
            assertThat(pump.awaitExit(PATIENCE)).isIn(0, 3); // 3 if a server was down at that moment
        }
    }

    /** The other servers are those of another one, which measures nothing. */
    @Test
    void theConfigurationForRealServersNamesThemByVariables() throws IOException {
        try (PumpProcess servers =
                telemetry("--set", "trigger:EverySecond:interval=1h").start()) {
            int broker = port(servers, "The embedded broker listens on");
            int database = port(servers, "The embedded database listens on");
            try (PumpProcess pump = telemetry(
                            "-c", CONF.resolve("telemetry.conf").toString())
                    .env("MQTT_SERVER", "tcp://127.0.0.1:" + broker)
                    .env("POSTGRES_HOST", "127.0.0.1")
                    .env("POSTGRES_PORT", Integer.toString(database))
                    .env("POSTGRES_DATABASE", "postgres")
                    .env("POSTGRES_USER", "postgres")
                    .env("POSTGRES_PASSWORD", "postgres")
                    .start()) {
                awaitMeasurements(pump, 2);
                assertThat(pump.output()).noneMatch(line -> line.contains("embedded"));
                pump.terminate();
                assertThat(pump.awaitExit(PATIENCE)).isZero();
            }
            servers.terminate();
            assertThat(servers.awaitExit(PATIENCE)).isZero();
        }
    }

    @Test
    void variablesThatAreNotSetAreAllNamed() throws IOException {
        try (PumpProcess pump = telemetry(
                        "--check", "-c", CONF.resolve("telemetry.conf").toString())
                .start()) {
            assertThat(pump.awaitExit(PATIENCE)).isEqualTo(2);
            assertThat(String.join("\n", pump.output()))
                    .contains("MQTT_SERVER", "POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_PASSWORD");
        }
    }
}
