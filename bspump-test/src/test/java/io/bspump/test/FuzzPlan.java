package io.bspump.test;

import io.bspump.ErrorDecision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/** A random pipeline and the fate of each event at each of its stages, all from one seed. */
final class FuzzPlan {

    private static final Kind[] KINDS = {
        Kind.SYNC, Kind.SYNC, Kind.SYNC, Kind.ASYNC, Kind.ASYNC, Kind.BLOCKING, Kind.GENERATOR, Kind.AGGREGATOR
    };

    /** More failures than any policy has patience for. */
    static final int ALWAYS = 1_000_000;

    enum Kind {
        SYNC,
        ASYNC,
        BLOCKING,
        GENERATOR,
        AGGREGATOR,
        SINK,
        BATCH,
        CHOICE
    }

    /** A stage: what it is and how it is configured; the sinks of a choice. */
    record StageSpec(String id, Kind kind, Map<String, Object> config, List<StageSpec> sinks) {

        /** What stands behind the id of an aggregator where its groups are meant, not the events that join them. */
        static final String END = "=";

        /** The making of a result, which has fates of its own. */
        StageSpec end() {
            return new StageSpec(id + END, kind, config, sinks);
        }

        int get(String key) {
            return (int) Objects.requireNonNull(config.get(key));
        }

        boolean isOrdered() {
            return switch (kind) {
                case ASYNC, BLOCKING -> config.get("ordered").equals("yes");
                case SINK -> get("concurrency") == 1;
                case BATCH -> get("max_concurrent_batches") == 1;
                case AGGREGATOR -> false;
                default -> true;
            };
        }
    }

    /** A source: how many events, in how many partitions (0: in none), before which of them it fails. */
    record SourceSpec(int number, int events, int partitions, List<Integer> failures, boolean slow, int size) {}

    /** What a stage does with an event: fails so often, then drops it or makes so many of it, after a delay. */
    record Fate(
            int failures, boolean drops, long delayMillis, boolean throwsAtOnce, int children, int childrenBefore) {}

    enum End {
        FINISH,
        STOP,
        CUT
    }

    final long seed;
    final List<SourceSpec> sources = new ArrayList<>();
    final List<StageSpec> stages = new ArrayList<>();
    final List<StageSpec> letterStages = new ArrayList<>();
    final Map<String, Object> config = new HashMap<>();
    final int retries;
    final int maxInFlight;
    final ErrorDecision onError;
    final End end;
    final int endStep;

    private final SplittableRandom random;
    private final double failRate;
    private final double dropRate;
    private final double overrideRate;
    private final int generators;

    FuzzPlan(long seed) {
        this.seed = seed;
        random = new SplittableRandom(seed);
        failRate = pick(0.0, 0.0, 0.02, 0.15, 0.4);
        dropRate = pick(0.0, 0.1, 0.3);
        overrideRate = pick(0.0, 0.0, 0.5);
        retries = pick(0, 0, 1, 3);
        maxInFlight = pick(1, 2, 3, 7, 50, 10_000);
        end = pick(End.FINISH, End.FINISH, End.FINISH, End.STOP, End.STOP, End.CUT);
        endStep = random.nextInt(0, pick(2, 10, 60));
        boolean letters = random.nextBoolean();
        onError = letters
                ? pick(ErrorDecision.STOP, ErrorDecision.SKIP, ErrorDecision.DEAD_LETTER)
                : pick(ErrorDecision.STOP, ErrorDecision.SKIP);
        generators = addStages();
        if (letters) {
            addLetterStages();
        }
        addSources();
        addConfig();
    }

    @SafeVarargs
    private <T> T pick(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private int addStages() {
        int count = random.nextInt(6);
        int made = 0;
        for (int i = 0; i < count; i++) {
            Kind kind = pick(KINDS);
            if (kind == Kind.GENERATOR && made++ == 2) {
                kind = Kind.SYNC;
            }
            stages.add(stage("S" + i, kind));
        }
        stages.add(sink("Z"));
        return made;
    }

    private StageSpec stage(String id, Kind kind) {
        Map<String, Object> config = new HashMap<>();
        if (kind == Kind.ASYNC || kind == Kind.BLOCKING) {
            config.put("concurrency", pick(1, 2, 5, 100));
            config.put("ordered", pick("yes", "yes", "no"));
        } else if (kind == Kind.AGGREGATOR) {
            config.put("completion_size", pick(1, 2, 5, 1000));
            config.put("completion_timeout", pick("0s", "5ms", "100ms", "10s"));
            config.put("completion_interval", pick("0s", "0s", "50ms"));
        }
        return new StageSpec(id, kind, config, List.of());
    }

    private StageSpec sink(String id) {
        Kind kind = pick(Kind.SINK, Kind.SINK, Kind.BATCH, Kind.BATCH, Kind.CHOICE);
        if (kind != Kind.CHOICE) {
            return leafSink(id, kind);
        }
        List<StageSpec> sinks = new ArrayList<>();
        int count = random.nextInt(1, 4);
        for (int i = 0; i < count; i++) {
            sinks.add(leafSink(id + i, pick(Kind.SINK, Kind.BATCH)));
        }
        return new StageSpec(id, Kind.CHOICE, Map.of(), sinks);
    }

    private StageSpec leafSink(String id, Kind kind) {
        Map<String, Object> config = new HashMap<>();
        if (kind == Kind.SINK) {
            config.put("concurrency", pick(1, 1, 3, 20));
        } else {
            config.put("batch_size", pick(1, 2, 5, 16, 1000));
            config.put("linger", pick("0s", "1ms", "100ms", "10s"));
            config.put("max_concurrent_batches", pick(1, 1, 3));
        }
        return new StageSpec(id, kind, config, List.of());
    }

    private void addLetterStages() {
        if (random.nextBoolean()) {
            letterStages.add(stage("L", pick(Kind.SYNC, Kind.ASYNC)));
        }
        letterStages.add(leafSink("D", pick(Kind.SINK, Kind.BATCH)));
    }

    private void addSources() {
        int count = pick(1, 1, 1, 2, 3);
        for (int i = 0; i < count; i++) {
            int events = pick(0, 1, 5, 40, generators == 0 ? 2000 : 60);
            List<Integer> failures = new ArrayList<>();
            while (random.nextInt(5) == 0) {
                failures.add(random.nextInt(events + 1));
            }
            sources.add(
                    new SourceSpec(i, events, random.nextInt(4), failures, random.nextBoolean(), pick(0, 0, 10, 1000)));
        }
    }

    private void addConfig() {
        config.put("max_in_flight", maxInFlight);
        config.put("max_in_flight_bytes", pick("64MB", "1kB", "5kB"));
        config.put("retry_attempts", retries);
        config.put("retry_delay", pick("1ms", "20ms", "1s"));
        config.put("retry_multiplier", pick(1, 2));
        config.put("retry_max_delay", "5s");
        config.put("on_error", onError.name().toLowerCase(java.util.Locale.ROOT));
    }

    boolean hasLetters() {
        return !letterStages.isEmpty();
    }

    private SplittableRandom random(String stage, FuzzEvent event, int salt) {
        long mixed = seed * 31 + stage.hashCode();
        mixed = mixed * 0x9E3779B97F4A7C15L + event.fated().hashCode();
        return new SplittableRandom(mixed * 31 + salt);
    }

    Fate fate(StageSpec stage, FuzzEvent event) {
        SplittableRandom r = random(stage.id(), event, 1);
        int failures = r.nextDouble() < failRate ? failures(stage, event, r) : 0;
        boolean drops = r.nextDouble() < dropRate;
        long delay = r.nextInt(3) > 0 ? 0 : r.nextLong(1, 80);
        int children = r.nextInt(20) == 0 && generators == 1 ? r.nextInt(600) : r.nextInt(4);
        return new Fate(failures, drops, delay, r.nextBoolean(), children, r.nextInt(3));
    }

    /** In a batch an event is tried as often as the others in it need, so it recovers soon or not at all. */
    private int failures(StageSpec stage, FuzzEvent event, SplittableRandom r) {
        boolean letter = letterStages.contains(stage);
        ErrorDecision decided = letter ? ErrorDecision.STOP : decision(stage.id(), event);
        boolean recovers = decided == ErrorDecision.STOP || decided == ErrorDecision.RETRY;
        return recovers ? r.nextInt(1, 6) : stage.kind() == Kind.BATCH ? ALWAYS : pickOne(r, 1, 2, 3, ALWAYS);
    }

    private static int pickOne(SplittableRandom r, int... choices) {
        return choices[r.nextInt(choices.length)];
    }

    /** What is decided about an event whose retries at a stage are used up. */
    ErrorDecision decision(String stage, FuzzEvent event) {
        SplittableRandom r = random(stage, event, 2);
        if (r.nextDouble() >= overrideRate) {
            return onError;
        }
        ErrorDecision[] all = {ErrorDecision.STOP, ErrorDecision.RETRY, ErrorDecision.SKIP, ErrorDecision.DEAD_LETTER};
        return all[r.nextInt(hasLetters() ? 4 : 3)];
    }

    /** Which group of an aggregator the event belongs to. */
    int group(StageSpec aggregator, FuzzEvent event) {
        int keys = random(aggregator.id(), FuzzEvent.group(0), 4).nextInt(1, 8);
        return random(aggregator.id(), event, 5).nextInt(keys);
    }

    /** Whether a sink of a choice takes the event; at least one does. */
    boolean takes(StageSpec choice, int sink, FuzzEvent event) {
        int mask = random(choice.id(), event, 3).nextInt(1, 1 << choice.sinks().size());
        return (mask & 1 << sink) != 0;
    }

    @Override
    public String toString() {
        return "seed " + seed + " " + end + "@" + endStep + " fail=" + failRate + " override=" + overrideRate + " "
                + config + "\n    sources " + sources + "\n    stages " + stages + "\n    letters " + letterStages;
    }
}
