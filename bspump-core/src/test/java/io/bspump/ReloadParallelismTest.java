package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Pipelines of several lanes on real threads, with work that their sources share. */
@Timeout(60)
class ReloadParallelismTest extends ReloadFixture {

    private static final int PARTITIONS = 12;

    /** Partitions of numbers that grow, and how far each has settled. */
    private static final class Work {
        final Map<Integer, Integer> settled = new ConcurrentHashMap<>();
        final List<List<Integer>> seen = IntStream.range(0, PARTITIONS)
                .<List<Integer>>mapToObj(p -> new CopyOnWriteArrayList<>())
                .toList();
        volatile int end = Integer.MAX_VALUE;
        volatile String broken = "";

        int settled() {
            return settled.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    private record Item(int partition, int number) {}

    private static final class Numbered extends Emission<Item> {
        final Item item;

        Numbered(Partition partition, Item item) {
            super(partition, item);
            this.item = item;
        }
    }

    /** Reads the partitions that are left for its lane. */
    private static final class SharedSource extends Source<Item> {
        private final Work work;

        SharedSource(Application app, Pipeline pipeline, Work work) {
            super(app, pipeline);
            this.work = work;
        }

        @Override
        protected Optional<String> obstacleToLanes(int lanes) {
            return Optional.empty();
        }

        @Override
        protected Flux<Emission<Item>> events() {
            Map<Integer, Integer> next = new HashMap<>();
            Map<Integer, Partition> partitions = new HashMap<>();
            List<Integer> mine = IntStream.range(0, PARTITIONS)
                    .filter(p -> p % pipeline().parallelism() == pipeline().lane())
                    .boxed()
                    .toList();
            mine.forEach(p -> next.put(p, work.settled.getOrDefault(p, 0)));
            mine.forEach(p -> partitions.put(p, new Partition()));
            return Flux.<Emission<Item>, Integer>generate(() -> 0, (turn, to) -> {
                        int p = mine.get(turn % mine.size());
                        int number = next.merge(p, 1, Integer::sum) - 1;
                        Partition partition = partitions.get(p);
                        if (number >= work.end || partition == null) {
                            to.complete();
                        } else {
                            to.next(new Numbered(partition, new Item(p, number)));
                        }
                        return turn + 1;
                    })
                    .concatWith(Flux.never());
        }

        @Override
        protected void settled(Emission<?> emission, Settlement how) {
            Item item = ((Numbered) emission).item;
            work.settled.put(item.partition, item.number + 1);
        }
    }

    private static final class Sharing extends Pipeline {
        Sharing(Application app, String id, Work work) {
            super(app, id);
            build(new SharedSource(app, this, work), new Sink<Item>(app, this, "Sink", Map.of()) {
                {
                    if (config().contains("connection")) {
                        connection(LoginConnection.class, null);
                    }
                }

                @Override
                protected Mono<Void> process(Context context, Item item) {
                    if (work.broken.equals(item.partition + ":" + item.number)) {
                        return Mono.error(new IllegalArgumentException("cannot write " + item));
                    }
                    work.seen.get(item.partition).add(item.number);
                    return Mono.empty();
                }
            });
        }
    }

    private static String conf(int parallelism) {
        return "[connection:C]\npassword = first\n[pipeline:P]\nparallelism = " + parallelism
                + "\n[pipeline:P:Sink]\nconnection = C\n";
    }

    private Pipeline pipeline(Application app, Work work) {
        app.pumpService().addConnection(new LoginConnection(app, "C"));
        return app.pumpService().addPipeline("P", (a, id) -> new Sharing(a, id, work));
    }

    private static void allInOrder(Work work, int end) {
        for (List<Integer> seen : work.seen) {
            assertThat(seen).isSorted();
            assertThat(seen.stream().distinct().count()).isEqualTo(end);
        }
    }

    @Test
    void orderIsThatOfEachPartition() throws Exception {
        write(conf(4));
        Application app = application();
        Work work = new Work();
        work.end = 500;
        Pipeline pipeline = pipeline(app, work);
        start(app);
        until(() -> work.settled() == PARTITIONS * 500);

        allInOrder(work, 500);
        assertThat(pipeline.laneStates()).hasSize(4).containsOnly(PipelineState.RUNNING);
        assertThat(app.pumpService().references("C"))
                .hasSize(4)
                .allSatisfy(reference -> assertThat(reference.referrer()).isEqualTo("P.Sink"));
        assertThat(app.meterRegistry()
                        .get("bspump.pipeline.event.out")
                        .functionCounter()
                        .count())
                .isEqualTo(PARTITIONS * 500);
        assertThat(stop()).isZero();
        assertThat(app.pumpService().references("C")).isEmpty();
    }

    @Test
    void anErrorOfOneLaneLosesNothingOfTheOthers() throws Exception {
        write(conf(3));
        Application app = application();
        Work work = new Work();
        work.end = 2000;
        work.broken = "5:700";
        Pipeline pipeline = pipeline(app, work);
        start(app);
        until(pipeline::isError);

        assertThat(pipeline.error().orElseThrow())
                .hasToString("Sink: java.lang.IllegalArgumentException: cannot write Item[partition=5, number=700]");
        assertThat(work.settled).containsEntry(5, 700);
        work.broken = "";
        pipeline.resume();
        until(() -> work.settled() == PARTITIONS * 2000);
        allInOrder(work, 2000);
    }

    @Test
    void aReloadChangesHowManyLanesThereAre() throws Exception {
        write(conf(2));
        Application app = application();
        Work work = new Work();
        work.end = 200_000;
        Pipeline former = pipeline(app, work);
        start(app);
        List<Integer> sizes = new ArrayList<>();
        for (int parallelism : List.of(4, 12, 1)) {
            int before = work.settled();
            until(() -> work.settled() > before + 1000);
            write(conf(parallelism));
            assertThat(items(reload())).containsExactly("[pipeline:P] rebuilt");
            sizes.add(app.pumpService().pipelines().get(0).laneStates().size());
            until(() -> app.pumpService().references("C").size() == parallelism);
        }

        assertThat(sizes).containsExactly(4, 12, 1);
        assertThat(former.laneStates()).containsExactly(PipelineState.STOPPED, PipelineState.STOPPED);
        int before = work.settled();
        until(() -> work.settled() > before + 1000);
        assertThat(app.pumpService().references("C")).hasSize(1);
        stop();
        for (List<Integer> seen : work.seen) {
            // What was in flight at a rebuild comes again, and nothing is left out.
            int most = -1;
            for (int number : seen) {
                assertThat(number).isLessThanOrEqualTo(most + 1);
                most = Math.max(most, number);
            }
        }
    }

    @Test
    void aReloadThatIsNotPossibleIsRefused() throws Exception {
        write("[pipeline:Q]\nparallelism = 1\n");
        Application app = application();
        app.pumpService().addPipeline(new Quiet(app, "Q"));
        start(app);
        write("[pipeline:Q]\nparallelism = 3\n");

        assertThat(problems(reload())).hasSize(1).first().satisfies(problem -> assertThat(problem)
                .startsWith(
                        "[pipeline:Q] parallelism = 3 is not possible: SilentSource would read everything 3 times ("));
        assertThat(app.pumpService().pipelines().get(0).state()).isEqualTo(PipelineState.RUNNING);
    }

    @Test
    void theStartIsRefusedWithTheOtherProblems() throws Exception {
        write("[pipeline:Q]\nparallelism = 3\non_error = dead_letter\n[pipeline:R]\nparallelism = 0\n");
        Application app = application();
        app.pumpService().addPipeline(new Quiet(app, "Q"));
        app.pumpService().addPipeline(new Quiet(app, "R"));
        start(app);

        assertThat(stop()).isEqualTo(ExitCode.CONFIGURATION);
    }
}
