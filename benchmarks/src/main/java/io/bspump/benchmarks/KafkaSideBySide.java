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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * From topic to topic: a pump, a hand-written loop over the same clients, and Kafka Streams, in turn, on one broker in a process of
 * its own. Prints records a second and the ratios of the medians. What is measured is how fast the records come, from the first
 * tenth to the last one.
 */
public final class KafkaSideBySide {

    private static final int ROUNDS = Integer.getInteger("rounds", 3);

    /** Rounds before them that do not count: a pump is more code to compile than a loop, and runs are short. */
    private static final int WARM_UPS = Integer.getInteger("warmups", 4);

    /** Records that are read in a round; a quarter of them when they are large. */
    private static final int RECORDS = Integer.getInteger("records", 8_000_000);

    private static final int LARGE = 1024;

    /** Settings of the pump's configuration, {@code SECTION:KEY=VALUE}, with a semicolon between two. */
    private static final String[] PUMP = Stream.of(
                    System.getProperty("pump", "").split(";"))
            .filter(text -> !text.isEmpty())
            .toArray(String[]::new);

    private static final String EXACTLY_ONCE = "pipeline:Work:delivery=exactly_once";

    /** Who is compared with whom. */
    private static final Map<String, String> PAIRS = Map.of(
            "pump/loop", "pump;loop",
            "pump/streams", "pump;streams",
            "the same, exactly once", "pump, exactly once;streams, exactly once");

    private final KafkaTopics topics;
    private final String servers;
    private int runs;

    private KafkaSideBySide(KafkaTopics topics, String servers) {
        this.topics = topics;
        this.servers = servers;
    }

    private static Map<String, KafkaContenders.Contender> contenders() {
        Map<String, KafkaContenders.Contender> all = new LinkedHashMap<>();
        all.put("pump", work -> KafkaContenders.pump(work, PUMP));
        all.put("loop", KafkaContenders::loop);
        all.put("streams", work -> KafkaContenders.streams(work, "at_least_once"));
        all.put("pump, exactly once", work -> KafkaContenders.pump(work, EXACTLY_ONCE));
        all.put("streams, exactly once", work -> KafkaContenders.streams(work, "exactly_once_v2"));
        String only = System.getProperty("only", "");
        all.keySet()
                .removeIf(name -> !only.isEmpty() && !List.of(only.split(";")).contains(name));
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
                KafkaTopics topics = new KafkaTopics(broker.servers())) {
            KafkaSideBySide benchmark = new KafkaSideBySide(topics, broker.servers());
            System.out.println(
                    "| Kafka to Kafka | " + String.join(" | ", contenders().keySet()) + " | ratios |");
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
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        List<String> order = new ArrayList<>(contenders().keySet());
        for (int round = -WARM_UPS; round < ROUNDS; round++) {
            for (String name : order) {
                KafkaContenders.Contender contender =
                        Objects.requireNonNull(contenders().get(name));
                double rate = run(contender, json, partitions, (json ? count / 2 : count) + partitions);
                if (round >= 0) {
                    rates.computeIfAbsent(name, key -> new ArrayList<>()).add(rate);
                }
            }
            order.add(order.remove(0));
        }
        topics.delete("from");
        print(
                (json ? "JSON, half of the records go on" : size + " bytes") + ", " + partitions
                        + (partitions == 1 ? " partition" : " partitions"),
                rates);
    }

    private double run(KafkaContenders.Contender contender, boolean json, int partitions, long expected)
            throws IOException, InterruptedException, ExecutionException {
        runs++;
        String to = "to-" + runs;
        topics.create(to, partitions, Map.of());
        KafkaWork work = new KafkaWork(servers, "from", to, "group-" + runs, json);
        KafkaContenders.Running running = contender.start(work);
        try {
            return topics.rate(to, partitions, expected);
        } finally {
            running.stop();
            topics.delete(to);
        }
    }

    private static void print(String what, Map<String, List<Double>> rates) {
        String figures = contenders().keySet().stream()
                .map(name -> rates.getOrDefault(name, List.of()).stream()
                        .map(rate -> String.format(Locale.ROOT, "%.0f", rate / 1000))
                        .collect(Collectors.joining(", ")))
                .collect(Collectors.joining(" | "));
        String ratios = PAIRS.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(pair -> String.format(Locale.ROOT, "%s %.2f", pair.getKey(), ratio(pair.getValue(), rates)))
                .collect(Collectors.joining(", "));
        System.out.println("| " + what + ", thousands a second | " + figures + " | **" + ratios + "** |");
    }

    private static double ratio(String pair, Map<String, List<Double>> rates) {
        String[] names = pair.split(";", -1);
        return median(rates.getOrDefault(names[0], List.of())) / median(rates.getOrDefault(names[1], List.of()));
    }

    private static double median(List<Double> rates) {
        List<Double> sorted = rates.stream().sorted().toList();
        return sorted.isEmpty() ? Double.NaN : sorted.get(sorted.size() / 2);
    }
}
