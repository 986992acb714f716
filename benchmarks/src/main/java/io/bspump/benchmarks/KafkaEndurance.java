package io.bspump.benchmarks;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A pump from topic to topic at full speed, for a number of minutes, with the heap that this process was given. Prints every ten
 * seconds what has come, how fast, and what memory it took; ends with code 1 if the pump was in error or nothing came.
 *
 * <p>The records come from a process of its own that is never far ahead; the topics keep the last some hundred megabytes.
 */
public final class KafkaEndurance {

    private static final int PARTITIONS = 12;
    private static final int SIZE = 100;
    private static final int BURST = 20_000;
    private static final int AHEAD = 400_000;
    private static final long PRINT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Map<String, String> SHORT =
            Map.of("retention.bytes", "200000000", "segment.bytes", "50000000", "file.delete.delay.ms", "1000");

    private KafkaEndurance() {}

    /** Runs it for a number of minutes, or, with servers after that, writes the records. */
    public static void main(String... args) throws Exception {
        if (args.length == 2) {
            feed(args[1]);
            return;
        }
        Duration limit = Duration.ofMinutes(args.length == 0 ? 10 : Integer.parseInt(args[0]));
        boolean good;
        try (KafkaBroker broker = KafkaBroker.startProcess();
                KafkaTopics topics = new KafkaTopics(broker.servers())) {
            topics.create("from", PARTITIONS, SHORT);
            topics.create("to", PARTITIONS, SHORT);
            Process feeder = feeder(broker.servers());
            Runtime.getRuntime().addShutdownHook(new Thread(feeder::destroyForcibly));
            KafkaWork work = new KafkaWork(broker.servers(), "from", "to", "endurance", false);
            KafkaContenders.Running running = KafkaContenders.pump(work);
            try {
                good = watch(topics, limit);
            } finally {
                feeder.destroyForcibly();
                running.stop();
            }
        }
        System.exit(good ? 0 : 1);
    }

    private static boolean watch(KafkaTopics topics, Duration limit) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        long before = PARTITIONS;
        boolean good = true;
        System.out.println("| seconds | records | a second | heap, MB | resident, MB |");
        System.out.println("| ---: | ---: | ---: | ---: | ---: |");
        for (long next = begin + PRINT_NANOS; System.nanoTime() - begin < limit.toNanos(); next += PRINT_NANOS) {
            while (System.nanoTime() - next < 0) {
                LockSupport.parkNanos(PRINT_NANOS / 100);
            }
            long now = topics.count("to", PARTITIONS);
            long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            System.out.printf(
                    Locale.ROOT,
                    "| %d | %d | %.0f | %d | %d |%n",
                    TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
                    now - PARTITIONS,
                    (now - before) * 1e9 / PRINT_NANOS,
                    heap >> 20,
                    resident());
            good &= now > before;
            before = now;
        }
        return good;
    }

    private static long resident() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
                .findFirst()
                .orElse(-1);
    }

    private static Process feeder(String servers) throws IOException {
        String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
        return new ProcessBuilder(List.of(
                        java,
                        "-Xmx256m",
                        "-Dlogback.configurationFile=quiet-logback.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KafkaEndurance.class.getName(),
                        "0",
                        servers))
                .inheritIO()
                .start();
    }

    private static void feed(String servers) throws InterruptedException {
        byte[] value = new byte[SIZE];
        Arrays.fill(value, (byte) 'x');
        try (KafkaTopics topics = new KafkaTopics(servers)) {
            while (true) {
                long ahead = topics.count("from", PARTITIONS) - topics.count("to", PARTITIONS);
                if (ahead < AHEAD) {
                    topics.fill("from", PARTITIONS, BURST, i -> value);
                } else {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
                }
            }
        }
    }
}
