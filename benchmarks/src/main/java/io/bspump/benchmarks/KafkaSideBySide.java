package io.bspump.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * From topic to topic: a pump, a hand-written loop over the same clients, and Kafka Streams, in turn, on one broker, each in a process of
 * its own with the options of this one. Prints records a second and the ratios of the medians. What is measured is how fast the records come, from the first
 * tenth to the last one.
 */
public final class KafkaSideBySide implements AutoCloseable {

    private static final int ROUNDS = Integer.getInteger("rounds", 3);

    /** Rounds before them that do not count: a pump is more code to compile than a loop, and runs are short. */
    private static final int WARM_UPS = Integer.getInteger("warmups", 4);

    /** Records that are read in a round; a quarter of them when they are large. */
    private static final int RECORDS = Integer.getInteger("records", 8_000_000);

    private static final int LARGE = 1024;

    /** Who is compared with whom. */
    private static final Map<String, String> PAIRS = Map.of(
            "pump/loop", "pump;loop",
            "pump/loop that commits seldom", "pump;loop, commits seldom",
            "pump/streams", "pump;streams",
            "pump/streams as it comes", "pump;streams as it comes",
            "pump/streams, exactly once", "pump, exactly once;streams, exactly once",
            "pump/streams as it comes, exactly once", "pump, exactly once;streams as it comes, exactly once");

    private final KafkaTopics topics;
    private final String servers;
    private final Map<String, KafkaProgram> programs = new LinkedHashMap<>();
    private int number;

    private KafkaSideBySide(KafkaTopics topics, String servers) throws IOException {
        this.topics = topics;
        this.servers = servers;
        for (String name : contenders()) {
            programs.put(name, KafkaProgram.start(name));
        }
    }

    private static List<String> contenders() {
        String only = System.getProperty("only", "");
        List<String> all = new ArrayList<>(KafkaContenders.all().keySet());
        all.removeIf(name -> !only.isEmpty() && !List.of(only.split(";")).contains(name));
        return all;
    }

    /**
     * Runs it.
     *
     * @param args {@code json}, or the bytes of a record, and the number of partitions; in pairs; all without
     */
    public static void main(String... args) throws Exception {
        List<String> wanted = args.length > 0
                ? List.of(args)
                : List.of("100", "1", "100", "12", "1024", "1", "1024", "12", "json", "1", "json", "12");
        try (KafkaBroker broker = KafkaBroker.startProcess();
                KafkaTopics topics = new KafkaTopics(broker.servers());
                KafkaSideBySide benchmark = new KafkaSideBySide(topics, broker.servers())) {
            System.out.println("| Kafka to Kafka | " + String.join(" | ", contenders()) + " | ratios |");
            System.out.println("| --- |" + " ---: |".repeat(contenders().size() + 1));
            for (int i = 0; i < wanted.size(); i += 2) {
                benchmark.compare(wanted.get(i), Integer.parseInt(wanted.get(i + 1)));
            }
        }
        System.exit(0); // threads of the drivers may be left
    }

    private void compare(String what, int partitions) throws Exception {
        boolean json = what.equals("json");
        int size = json ? 0 : Integer.parseInt(what);
        int count = size == LARGE ? RECORDS / 4 : RECORDS;
        byte[] same = new byte[size];
        Arrays.fill(same, (byte) 'x');
        topics.create("from", partitions, Map.of());
        topics.fill("from", partitions, count, i -> json ? KafkaWork.sample(i) : same);
        Map<String, List<Run>> runs = new LinkedHashMap<>();
        List<String> order = contenders();
        for (int round = -WARM_UPS; round < ROUNDS; round++) {
            for (String name : order) {
                Run run = run(
                        Objects.requireNonNull(programs.get(name)),
                        json,
                        partitions,
                        (json ? count / 2 : count) + partitions);
                if (round >= 0) {
                    runs.computeIfAbsent(name, key -> new ArrayList<>()).add(run);
                }
            }
            order.add(order.remove(0));
        }
        topics.delete("from");
        print(
                (json ? "JSON, half of the records go on" : size + " bytes") + ", " + partitions
                        + (partitions == 1 ? " partition" : " partitions"),
                runs);
    }

    private Run run(KafkaProgram program, boolean json, int partitions, long expected)
            throws IOException, InterruptedException, ExecutionException {
        number++;
        String to = "to-" + number;
        topics.create(to, partitions, Map.of());
        KafkaWork work = new KafkaWork(servers, "from", to, "group-" + number, json);
        program.begin(work);
        double rate = topics.rate(to, partitions, expected);
        long nanos = program.end();
        topics.delete(to);
        return new Run(rate, (double) nanos / expected);
    }

    @Override
    public void close() {
        programs.values().forEach(KafkaProgram::close);
    }

    private static void print(String what, Map<String, List<Run>> runs) {
        System.out.println("| " + what + ", thousands a second | " + figures(runs, run -> run.rate / 1000) + " | **"
                + ratios(runs, run -> run.rate) + "** |");
        System.out.println("| ns of processor time for each that is written | " + figures(runs, run -> run.nanos)
                + " | " + ratios(runs, run -> 1 / run.nanos) + " |");
    }

    private static String figures(Map<String, List<Run>> runs, ToDoubleFunction<Run> figure) {
        return contenders().stream()
                .map(name -> runs.getOrDefault(name, List.of()).stream()
                        .map(run -> String.format(Locale.ROOT, "%.0f", figure.applyAsDouble(run)))
                        .collect(Collectors.joining(", ")))
                .collect(Collectors.joining(" | "));
    }

    private static String ratios(Map<String, List<Run>> runs, ToDoubleFunction<Run> figure) {
        return PAIRS.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .filter(pair -> runs.keySet().containsAll(names(pair.getValue())))
                .map(pair -> {
                    List<String> names = names(pair.getValue());
                    double ratio = median(runs, names.get(0), figure) / median(runs, names.get(1), figure);
                    return String.format(Locale.ROOT, "%s %.2f", pair.getKey(), ratio);
                })
                .collect(Collectors.joining(", "));
    }

    private static List<String> names(String pair) {
        return List.of(pair.split(";", -1));
    }

    private static double median(Map<String, List<Run>> runs, String name, ToDoubleFunction<Run> figure) {
        double[] sorted = runs.getOrDefault(name, List.of()).stream()
                .mapToDouble(figure)
                .sorted()
                .toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /**
     * How a contender did in a round.
     *
     * @param rate records written a second
     * @param nanos processor time of its process, for each
     */
    private record Run(double rate, double nanos) {}
}
