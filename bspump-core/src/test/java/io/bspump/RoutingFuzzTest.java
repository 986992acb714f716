package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.TestPump.ScriptedSource;
import io.bspump.routing.InternalSource;
import io.bspump.routing.RouterProcessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Random trees of pipelines with slow and failing stages, pipelines that are stopped, cut and replaced, and resumes at
 * random: every event of the root ends once, in order, and never before all pipelines that it was to reach have it; each
 * has it once, unless one was cut. {@code -Dbspump.fuzz.first=SEED -Dbspump.fuzz.count=1} runs one seed alone.
 */
class RoutingFuzzTest {

    private static final long FIRST = Long.getLong("bspump.fuzz.first", 1);
    private static final int COUNT = Integer.getInteger("bspump.fuzz.count", 200);

    @Test
    void everyEventReachesEveryPipelineThatItWasSentTo() {
        List<String> failures = new ArrayList<>();
        for (long seed = FIRST; seed < FIRST + COUNT && failures.size() < 5; seed++) {
            String failure = new Run(seed).run();
            if (!failure.isEmpty()) {
                failures.add("seed " + seed + ": " + failure);
            }
        }
        assertThat(failures).isEmpty();
    }

    private static final class Run {

        private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
        private final Application app = new Application(time, time) {};
        private final long seed;
        private final SplittableRandom random;
        private final int nodes;
        private final int events;
        /** The parent of each node; a parent has a lower number. */
        private final int[] parents;

        private final boolean failsFast;
        private final double failRate;
        private final Map<Integer, Node> running = new LinkedHashMap<>();
        private final Map<String, Integer> delivered = new HashMap<>();
        private final Map<String, Integer> attempts = new HashMap<>();
        private boolean calm;
        private boolean cut;
        private String violation = "";

        Run(long seed) {
            this.seed = seed;
            random = new SplittableRandom(seed);
            nodes = random.nextInt(2, 8);
            events = random.nextInt(1, 60);
            parents = new int[nodes];
            for (int i = 1; i < nodes; i++) {
                parents[i] = random.nextInt(i);
            }
            failsFast = random.nextInt(3) == 0;
            failRate = random.nextBoolean() ? 0 : 0.2;
        }

        private long hash(int node, Object event, int salt) {
            long mixed = ((seed * 31 + node) * 31 + event.hashCode()) * 31 + salt;
            return new SplittableRandom(mixed).nextLong() >>> 1;
        }

        /** Whether the event goes from the node's parent to the node. */
        private boolean takes(int node, Object event) {
            return hash(node, event, 1) % 3 > 0;
        }

        private Set<String> expected(int node, Object event) {
            Set<String> all = new HashSet<>();
            all.add(node + "<" + event);
            for (int child = node + 1; child < nodes; child++) {
                if (parents[child] == node && takes(child, event)) {
                    all.addAll(expected(child, event));
                }
            }
            return all;
        }

        /** Sends an event to those of its children that take it, sometimes fails, and passes it on to a sink. */
        private final class Node extends Pipeline {
            private final Leaf sink;
            private final @Nullable ScriptedSource source;

            Node(int number, Map<String, ?> config) {
                super(Run.this.app, "N" + number, config);
                sink = new Leaf(Run.this.app, this, number);
                source = number == 0 ? new ScriptedSource(Run.this.app, this) : null;
                Source<?> from = source == null ? new InternalSource<>(Run.this.app, this) : source;
                build(from, new Fan(Run.this.app, this, number, children(number)), sink);
            }
        }

        /** Fails or keeps some of its events. */
        private final class Leaf extends Sink<Object> {
            private final int number;
            private final List<Runnable> open = new ArrayList<>();

            Leaf(Application app, Pipeline pipeline, int number) {
                super(app, pipeline, "Leaf", Map.of("concurrency", 3));
                this.number = number;
            }

            @Override
            protected Mono<Void> process(Context context, Object event) {
                if (fails(event)) {
                    return Mono.error(new IllegalStateException("planned"));
                }
                if (calm || random.nextInt(3) > 0) {
                    arrived(event);
                    return Mono.empty();
                }
                return Mono.create(sink -> open.add(() -> {
                    arrived(event);
                    sink.success();
                }));
            }

            private void arrived(Object event) {
                delivered.merge(number + "<" + event, 1, Integer::sum);
            }

            private boolean fails(Object event) {
                int attempt = attempts.merge(number + "/" + event, 1, Integer::sum);
                return !calm && attempt <= 2 && hash(number, event, 2) % 100 < failRate * 100;
            }
        }

        private List<String> children(int node) {
            List<String> children = new ArrayList<>();
            for (int child = node + 1; child < nodes; child++) {
                if (parents[child] == node) {
                    children.add("N" + child);
                }
            }
            return children;
        }

        private final class Fan extends RouterProcessor<Object> {
            private final int number;
            private final List<String> children;

            Fan(Application app, Pipeline pipeline, int number, List<String> children) {
                super(app, pipeline, children, null, "Fan", Map.of("on_target_error", failsFast ? "error" : "wait"));
                this.number = number;
                this.children = children;
            }

            @Override
            protected Object process(Context context, Object event) {
                for (String child : children) {
                    if (takes(Integer.parseInt(child.substring(1)), event)) {
                        route(context, event, child);
                    }
                }
                assertThat(context.asMap()).as("context of " + number).isEmpty();
                return event;
            }
        }

        private void begin(int number) {
            Node node = new Node(number, Map.of("max_in_flight", random.nextInt(1, 20)));
            running.put(number, node);
            app.pumpService().addPipeline(node);
        }

        String run() {
            app.pumpService().startPipelines();
            for (int i = 0; i < nodes; i++) {
                begin(i);
            }
            Node root = running.get(0);
            ScriptedSource source = root.source;
            for (int i = 0; i < events; i++) {
                source.push(i);
                if (random.nextInt(3) == 0) {
                    disturb();
                }
                check(source);
            }
            calm = true;
            for (int i = 0; i < 200 && source.settled.size() < events; i++) {
                running.values().forEach(node -> {
                    confirm(node.sink);
                    node.resume();
                });
                time.advanceTimeBy(Duration.ofSeconds(1));
                check(source);
            }
            if (source.settled.size() < events) {
                violated("only " + source.settled + " of " + events + " settled; " + states());
            }
            delivered.forEach((what, times) -> {
                if (times > 1 && !cut) {
                    violated(what + " came " + times + " times");
                }
            });
            return violation;
        }

        private String states() {
            StringBuilder text = new StringBuilder();
            running.values().forEach(n -> text.append(n)
                    .append(' ')
                    .append(n.state())
                    .append(' ')
                    .append(n.unsettled())
                    .append(n.waitingFor())
                    .append("; "));
            return text.toString();
        }

        private void confirm(Leaf sink) {
            while (!sink.open.isEmpty()) {
                sink.open.remove(random.nextInt(sink.open.size())).run();
            }
        }

        private void disturb() {
            int number = random.nextInt(nodes);
            Node node = running.get(number);
            switch (random.nextInt(6)) {
                case 0 -> replace(number, node);
                case 1, 2 -> node.resume();
                default -> confirm(node.sink);
            }
        }

        /** Stops a pipeline, sometimes with a cut, and puts another one in its place. */
        private void replace(int number, Node node) {
            if (number == 0) {
                return;
            }
            boolean[] removed = {false};
            app.pumpService().removePipeline(node.id()).subscribe(x -> {}, e -> {}, () -> removed[0] = true);
            if (!removed[0]) {
                cut = true;
                node.cut();
            }
            for (int i = 0; i < 60 && !removed[0]; i++) {
                time.advanceTimeBy(Duration.ofSeconds(1));
            }
            if (!removed[0]) {
                violated(node + " does not stop: " + node.state());
            }
            node.sink.open.clear();
            // What it had begun with comes again to the next one, and with it to those that it feeds.
            cut = true;
            begin(number);
        }

        private void violated(String what) {
            if (violation.isEmpty()) {
                violation = what;
            }
        }

        /** What has settled is the beginning of what was pushed, and has reached everyone. */
        private void check(ScriptedSource source) {
            for (int i = 0; i < source.settled.size(); i++) {
                if (!source.settled.get(i).equals(i + ":DELIVERED")) {
                    violated("settled " + source.settled);
                }
                for (String one : expected(0, i)) {
                    if (!delivered.containsKey(one)) {
                        violated(i + " settled before " + one);
                    }
                }
            }
        }
    }
}
