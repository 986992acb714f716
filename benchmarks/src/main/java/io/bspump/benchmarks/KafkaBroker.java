package io.bspump.benchmarks;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
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

/** A broker in a process of its own, with its controller and data that go with it. */
final class KafkaBroker implements AutoCloseable {

    private static final String CLUSTER = "bspump-benchmarks-0001";

    private final Process process;
    private final Path directory;
    private final int port;

    private KafkaBroker(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /** Starts it with the class path of this process and waits until it answers. */
    static KafkaBroker startProcess() throws IOException {
        Path directory = Files.createTempDirectory("bspump-benchmark-kafka");
        String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
        Process process = new ProcessBuilder(List.of(
                        java,
                        "-Xmx1g",
                        "-Dlogback.configurationFile=quiet-logback.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KafkaBroker.class.getName(),
                        directory.toString()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        KafkaBroker broker = new KafkaBroker(process, directory, port(process));
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
        return broker;
    }

    private static int port(Process broker) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(broker.getInputStream(), StandardCharsets.UTF_8));
        String line;
        while ((line = lines.readLine()) != null) {
            if (line.matches("\\d+")) {
                return Integer.parseInt(line);
            }
        }
        throw new IOException("the broker has ended");
    }

    String servers() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            System.err.println(directory + " is left: " + e);
        }
    }

    public static void main(String... args) throws Exception {
        int port = freePort();
        int controller = freePort();
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setNodeId(1)
                .setClusterId(CLUSTER)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(args[0])
                .setDirectories(List.of(args[0]))
                .run();
        new KafkaRaftServer(new KafkaConfig(properties(args[0], port, controller), false), Time.SYSTEM).startup();
        System.out.println(port);
        Thread.currentThread().join();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Map<String, String> properties(String directory, int port, int controller) {
        Map<String, String> values = new HashMap<>();
        values.put("process.roles", "broker,controller");
        values.put("node.id", "1");
        values.put("controller.quorum.voters", "1@127.0.0.1:" + controller);
        values.put("controller.listener.names", "CONTROLLER");
        values.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controller);
        values.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        values.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        values.put("log.dirs", directory);
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            values.put(topic + ".replication.factor", "1");
            values.put(topic + ".num.partitions", "1");
        }
        values.put("transaction.state.log.min.isr", "1");
        values.put("share.coordinator.state.topic.min.isr", "1");
        values.put("group.initial.rebalance.delay.ms", "0");
        values.put("auto.create.topics.enable", "false");
        values.put("log.retention.check.interval.ms", "2000");
        // By default a minute, in which the topics of earlier rounds would pile up.
        values.put("log.segment.delete.delay.ms", "500");
        values.put("log.cleaner.dedupe.buffer.size", "2097152");
        return values;
    }
}
