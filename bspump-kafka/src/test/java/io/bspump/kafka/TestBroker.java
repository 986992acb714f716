package io.bspump.kafka;

import ch.qos.logback.classic.Level;
import io.bspump.test.FreePort;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.slf4j.LoggerFactory;

/** A Kafka broker, with its controller, in this JVM. */
final class TestBroker implements AutoCloseable {

    static final String USER = "pump";
    static final String PASSWORD = "right-one";

    private static final List<String> SCRAM = List.of("SCRAM-SHA-256", "SCRAM-SHA-512");
    private static final String CLUSTER = "bspump-test-cluster-01";
    private static final String NO_MODULE = "org.apache.kafka.common.security.%s required%s;";

    private final Builder builder;
    private final KafkaRaftServer server;

    private TestBroker(Builder builder, KafkaRaftServer server) {
        this.builder = builder;
        this.server = server;
    }

    /** How a broker is started; may start several, one after the other, which have the same ports and data. */
    static final class Builder {

        private final int[] ports;
        private final Map<String, String> more = new HashMap<>();
        private int advertised;
        private String protocol = "PLAINTEXT";
        private Path directory;
        private boolean temporary;

        private Builder(int... ports) {
            this.ports = ports;
        }

        /** Says to clients that it is at another port, such as that of a proxy. */
        Builder advertise(int port) {
            advertised = port;
            return this;
        }

        Builder directory(Path path) {
            directory = path;
            return this;
        }

        Builder set(String key, String value) {
            more.put(key, value);
            return this;
        }

        /** Lets in nobody but {@link #USER}: by PLAIN, SCRAM and, whatever the name, OAUTHBEARER. */
        Builder users() {
            protocol = protocol.endsWith("SSL") ? "SASL_SSL" : "SASL_PLAINTEXT";
            set("sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER");
            String user = " user_" + USER + "=\"" + PASSWORD + "\"";
            set("listener.name.ext.plain.sasl.jaas.config", NO_MODULE.formatted("plain.PlainLoginModule", user));
            for (String scram : SCRAM) {
                set(
                        "listener.name.ext." + scram.toLowerCase(Locale.ROOT) + ".sasl.jaas.config",
                        NO_MODULE.formatted("scram.ScramLoginModule", ""));
            }
            return set(
                    "listener.name.ext.oauthbearer.sasl.jaas.config",
                    NO_MODULE.formatted(
                            "oauthbearer.OAuthBearerLoginModule", " unsecuredLoginStringClaim_sub=\"broker\""));
        }

        /** Encrypts, and wants a certificate of each client if {@code mutual}. */
        Builder tls(TestCertificates certificates, boolean mutual) {
            protocol = protocol.startsWith("SASL") ? "SASL_SSL" : "SSL";
            set("ssl.client.auth", mutual ? "required" : "none");
            set("ssl.keystore.location", certificates.serverStore().toString());
            set("ssl.keystore.password", TestCertificates.PASSWORD);
            set("ssl.truststore.location", certificates.trustStore().toString());
            return set("ssl.truststore.password", TestCertificates.PASSWORD);
        }

        int port() {
            return ports[0];
        }

        /** Arguments of {@link #main}. */
        String[] portTexts() {
            return IntStream.of(ports).mapToObj(Integer::toString).toArray(String[]::new);
        }

        /** Where it listens, past any proxy and without any check. */
        String internal() {
            return "127.0.0.1:" + ports[1];
        }

        TestBroker start() {
            quiet();
            try {
                if (directory == null) {
                    directory = Files.createTempDirectory("bspump-kafka");
                    temporary = true;
                }
                if (!Files.exists(directory.resolve("meta.properties"))) {
                    format();
                }
                KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties(), false), Time.SYSTEM);
                server.startup();
                return new TestBroker(this, server);
            } catch (Exception e) {
                throw new IllegalStateException("the broker does not start", e);
            }
        }

        private static void quiet() {
            for (String name : List.of("org.apache.kafka", "kafka", "state")) {
                ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger(name)).setLevel(Level.ERROR);
            }
        }

        private void format() throws Exception {
            Formatter formatter = new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setNodeId(1)
                    .setClusterId(CLUSTER)
                    .setControllerListenerName("CONTROLLER")
                    .setMetadataLogDirectory(directory.toString())
                    .setDirectories(List.of(directory.toString()))
                    .setScramArguments(SCRAM.stream()
                            .map(scram -> scram + "=[name=" + USER + ",password=" + PASSWORD + "]")
                            .toList());
            formatter.run();
        }

        private Map<String, String> properties() {
            Map<String, String> values = new HashMap<>();
            values.put("process.roles", "broker,controller");
            values.put("node.id", "1");
            values.put("controller.quorum.voters", "1@127.0.0.1:" + ports[2]);
            values.put("controller.listener.names", "CONTROLLER");
            values.put("inter.broker.listener.name", "INT");
            values.put("listener.security.protocol.map", "EXT:" + protocol + ",INT:PLAINTEXT,CONTROLLER:PLAINTEXT");
            values.put(
                    "listeners",
                    "EXT://127.0.0.1:" + ports[0] + ",INT://127.0.0.1:" + ports[1] + ",CONTROLLER://127.0.0.1:"
                            + ports[2]);
            values.put(
                    "advertised.listeners",
                    "EXT://127.0.0.1:" + (advertised == 0 ? ports[0] : advertised) + ",INT://127.0.0.1:" + ports[1]);
            values.put("log.dirs", directory.toString());
            for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
                values.put(topic + ".replication.factor", "1");
                values.put(topic + ".num.partitions", "1");
            }
            values.put("transaction.state.log.min.isr", "1");
            values.put("share.coordinator.state.topic.min.isr", "1");
            values.put("group.initial.rebalance.delay.ms", "0");
            values.put("group.min.session.timeout.ms", "100");
            values.put("group.consumer.min.session.timeout.ms", "100");
            values.put("group.consumer.session.timeout.ms", "2000");
            values.put("group.consumer.min.heartbeat.interval.ms", "100");
            values.put("group.consumer.heartbeat.interval.ms", "300");
            values.put("auto.create.topics.enable", "false");
            values.put("broker.session.timeout.ms", "1000");
            values.put("broker.heartbeat.interval.ms", "200");
            values.put("log.cleaner.dedupe.buffer.size", "2097152");
            values.put("log.retention.ms", "-1");
            values.putAll(more);
            return values;
        }
    }

    /** On ports that are free now. */
    static Builder builder() {
        return new Builder(FreePort.find(), FreePort.find(), FreePort.find());
    }

    static TestBroker start() {
        return builder().start();
    }

    /** Runs one as a process: DIRECTORY and three ports. */
    public static void main(String[] args) throws InterruptedException {
        new Builder(Integer.parseInt(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]))
                .directory(Path.of(args[0]))
                .start();
        announce();
        Thread.currentThread().join();
    }

    @SuppressWarnings("SystemOut")
    private static void announce() {
        System.out.println("broker is up");
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), builder.port());
    }

    /** What {@code bootstrap_servers} is. */
    String servers() {
        return "127.0.0.1:" + builder.port();
    }

    String internal() {
        return builder.internal();
    }

    Builder again() {
        return builder;
    }

    /** Stops it; its data stay if it was given a directory. */
    void stop() {
        server.shutdown();
        server.awaitShutdown();
    }

    @Override
    public void close() {
        stop();
        if (builder.temporary) {
            delete(builder.directory);
        }
    }

    static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
