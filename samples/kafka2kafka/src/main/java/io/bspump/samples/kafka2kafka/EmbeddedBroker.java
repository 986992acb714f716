package io.bspump.samples.kafka2kafka;

import ch.qos.logback.classic.Level;
import io.bspump.Application;
import io.bspump.Service;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A Kafka broker in this process, on a free port of the loopback interface. It keeps nothing when it ends. */
final class EmbeddedBroker implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);

    private final int port = freePort();
    private final int controllerPort = freePort();
    private @Nullable Path directory;
    private @Nullable KafkaRaftServer server;

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("there is no free port for the embedded broker", e);
        }
    }

    /** Returns where it listens when it has been started. */
    String address() {
        return "127.0.0.1:" + port;
    }

    @Override
    public Mono<Void> initialize(Application app) {
        return Mono.<Void>fromCallable(() -> {
                    start();
                    return null;
                })
                .subscribeOn(app.blocking());
    }

    /** Starts it. Blocks. */
    void start() throws Exception {
        quieten();
        Path data = Files.createTempDirectory("kafka2kafka");
        directory = data;
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setNodeId(1)
                .setClusterId("kafka2kafka-cluster-01")
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(data.toString())
                .setDirectories(List.of(data.toString()))
                .run();
        KafkaRaftServer broker = new KafkaRaftServer(new KafkaConfig(properties(data), false), Time.SYSTEM);
        broker.startup();
        server = broker;
        LOG.info(
                "The embedded broker listens on {}, type orders or send them: kafka-console-producer.sh"
                        + " --bootstrap-server {} --topic {}",
                address(),
                address(),
                Kafka2Kafka.ORDERS);
    }

    private Map<String, String> properties(Path data) {
        Map<String, String> values = new HashMap<>();
        values.put("process.roles", "broker,controller");
        values.put("node.id", "1");
        values.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        values.put("controller.listener.names", "CONTROLLER");
        values.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        values.put("listeners", "PLAINTEXT://" + address() + ",CONTROLLER://127.0.0.1:" + controllerPort);
        values.put("log.dirs", data.toString());
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            values.put(topic + ".replication.factor", "1");
            values.put(topic + ".num.partitions", "1");
        }
        values.put("transaction.state.log.min.isr", "1");
        values.put("share.coordinator.state.topic.min.isr", "1");
        values.put("group.initial.rebalance.delay.ms", "0");
        values.put("auto.create.topics.enable", "false");
        return values;
    }

    /** The broker tells of everything it does, unless {@code [logging] levels} says otherwise. */
    private static void quieten() {
        for (String name : List.of("org.apache.kafka", "kafka", "state")) {
            if (LoggerFactory.getLogger(name) instanceof ch.qos.logback.classic.Logger kafka
                    && kafka.getLevel() == null) {
                kafka.setLevel(Level.ERROR);
            }
        }
    }

    @Override
    public Mono<Void> finalize(Application app) {
        return Mono.<Void>fromCallable(() -> {
                    stop();
                    return null;
                })
                .subscribeOn(app.blocking());
    }

    /** Stops it and deletes what it has kept. Blocks. */
    void stop() throws IOException {
        if (server != null) {
            server.shutdown();
            server.awaitShutdown();
        }
        if (directory != null) {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
