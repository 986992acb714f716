package io.bspump;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** A system that keeps events and positions in transactions, and outlives pumps; and a system to read from, again and again. */
final class TestStore {

    /** What has been committed, in order, and how many transactions that took. */
    final List<Object> events = new CopyOnWriteArrayList<>();

    final Map<String, String> positions = new ConcurrentHashMap<>();
    int transactions;
    int attempts;

    int committed() {
        return events.size();
    }

    Set<String> names() {
        return Set.copyOf(positions.keySet());
    }

    /** Commits, unless somebody has gone on from the positions that the writer expects. */
    private synchronized void commit(Batch<Object> batch, Map<String, Optional<String>> expected) {
        boolean already = !batch.positions().isEmpty()
                && batch.positions().stream().allMatch(each -> Optional.ofNullable(positions.get(each.name()))
                        .equals(Optional.ofNullable(each.value())));
        if (already) {
            return;
        }
        for (Position position : batch.positions()) {
            Optional<String> now = Optional.ofNullable(positions.get(position.name()));
            if (!now.equals(expected.getOrDefault(position.name(), Optional.empty()))) {
                throw new RewindException(position.name() + " is " + now.orElse("none"));
            }
        }
        events.addAll(batch);
        transactions++;
        for (Position position : batch.positions()) {
            expected.put(position.name(), Optional.ofNullable(position.value()));
            if (position.value() == null) {
                positions.remove(position.name());
            } else {
                positions.put(position.name(), position.value());
            }
        }
    }

    /** Writes into the store; what happens can be told. */
    static final class StoreSink extends BatchSink<Object> implements TransactionalSink<Object> {

        private final TestStore store;
        private final Map<String, Optional<String>> expected = new HashMap<>();

        final List<MonoSink<Void>> held = new ArrayList<>();
        boolean holds;
        Function<Batch<Object>, @Nullable Throwable> failingBefore = batch -> null;
        Function<Batch<Object>, @Nullable Throwable> failingAfter = batch -> null;
        Function<Object, @Nullable Throwable> bad = event -> null;

        @Nullable
        String obstacle;

        StoreSink(Application app, Pipeline pipeline, Map<String, ?> config, TestStore store) {
            super(app, pipeline, "Sink", config);
            this.store = store;
        }

        @Override
        protected Mono<Void> process(Batch<Object> batch) {
            throw new AssertionError("not called when it writes transactions");
        }

        @Override
        public Mono<Void> write(Batch<Object> batch) {
            store.attempts++;
            Throwable before = failingBefore.apply(batch);
            if (before != null) {
                return Mono.error(before);
            }
            boolean refuses = false;
            for (int i = 0; i < batch.size(); i++) {
                Throwable error = bad.apply(batch.get(i));
                if (error != null) {
                    batch.fail(i, error);
                    refuses = true;
                }
            }
            if (refuses) {
                return Mono.empty();
            }
            Mono<Void> committing = Mono.fromRunnable(() -> store.commit(batch, expected));
            Throwable after = failingAfter.apply(batch);
            if (after != null) {
                return committing.then(Mono.error(after));
            }
            return holds ? Mono.<Void>create(held::add).then(committing) : committing;
        }

        void release() {
            held.remove(0).success();
        }

        @Override
        public Mono<Map<String, String>> positions(Predicate<String> names) {
            return Mono.fromSupplier(() -> {
                Map<String, String> found = new HashMap<>(store.positions);
                found.keySet().removeIf(name -> !names.test(name));
                expected.keySet().removeIf(names);
                found.forEach((name, value) -> expected.put(name, Optional.of(value)));
                return found;
            });
        }

        @Override
        public Optional<String> obstacle(List<Source<?>> sources) {
            return Optional.ofNullable(obstacle);
        }
    }

    /** Emits texts {@code A1}, {@code A2}, …, {@code B1}, …: of each partition as many as are there, from its position on. */
    static final class LogSource extends Source<Object> implements Replayable {

        private final Map<String, Integer> ends;
        private final Map<String, Integer> reached = new HashMap<>();
        private final Map<String, Integer> settled = new HashMap<>();
        private final Map<String, Partition> partitions = new HashMap<>();
        private final Map<String, Integer> moved = new HashMap<>();

        /** The positions that it heard of as committed, in order. */
        final List<String> committed = new ArrayList<>();

        int starts;
        boolean ending;
        private @Nullable StoredPositions stored;
        private @Nullable FluxSink<Emission<Object>> to;

        LogSource(Application app, Pipeline pipeline, String id, Map<String, Integer> ends) {
            super(app, pipeline, id, Map.of());
            this.ends = ends;
        }

        private static final class Line extends Emission<Object> {
            private final String partition;
            private final int number;

            Line(Partition in, String partition, int number) {
                super(in, partition + number);
                this.partition = partition;
                this.number = number;
            }
        }

        @Override
        public void readFrom(StoredPositions from) {
            stored = from;
        }

        @Override
        protected Mono<Void> start() {
            starts++;
            settled.clear();
            moved.clear();
            return stored == null
                    ? Mono.empty()
                    : stored.read(name -> true)
                            .doOnNext(all -> all.forEach((name, text) -> settled.put(name, Integer.parseInt(text))))
                            .then();
        }

        @Override
        protected Flux<Emission<Object>> events() {
            return Flux.create(created -> {
                to = created;
                reached.clear();
                reached.putAll(settled);
                partitions.clear();
                created.onRequest(n -> emit());
            });
        }

        /** More is there to be read. */
        void appear(String partition, int end) {
            ends.put(partition, end);
            emit();
        }

        void fail(Throwable error) {
            if (to != null) {
                to.error(error);
            }
        }

        void end() {
            ending = true;
            emit();
        }

        private void emit() {
            boolean some = true;
            while (some && to != null) {
                some = false;
                for (String partition : ends.keySet().stream().sorted().toList()) {
                    int next = reached.getOrDefault(partition, 0) + 1;
                    if (next <= ends.get(partition) && to.requestedFromDownstream() > 0) {
                        some = true;
                        reached.put(partition, next);
                        to.next(new Line(partitions.computeIfAbsent(partition, p -> new Partition()), partition, next));
                    }
                }
            }
            if (ending && to != null && ends.equals(reached)) {
                to.complete();
            }
        }

        @Override
        protected void settled(Emission<?> emission, Settlement how) {
            Line line = (Line) emission;
            settled.put(line.partition, line.number);
            moved.put(line.partition, line.number);
        }

        @Override
        public Mono<List<Position>> positions() {
            List<Position> all = new ArrayList<>();
            moved.forEach((partition, number) -> all.add(new Position(this, partition, Integer.toString(number))));
            moved.clear();
            return Mono.just(all);
        }

        @Override
        public void committed(List<Position> positions) {
            positions.forEach(position -> committed.add(position.toString()));
        }
    }
}
