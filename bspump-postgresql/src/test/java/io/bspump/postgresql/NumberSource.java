package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Partition;
import io.bspump.Pipeline;
import io.bspump.Position;
import io.bspump.Replayable;
import io.bspump.Settlement;
import io.bspump.Source;
import io.bspump.StoredPositions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Numbers from 1 on as events {@code {n: 1}}, that are the same in all its lives. The position is in a file, or where a sink
 * keeps it.
 */
final class NumberSource extends Source<Object> implements Replayable {

    private final int end;
    private final Path file;
    private final Scheduler blocking;
    private final Partition partition = new Partition();
    private volatile @Nullable StoredPositions stored;
    private volatile int settled;
    private int told;

    NumberSource(Application app, Pipeline pipeline, int end, Path file) {
        super(app, pipeline, "Numbers", Map.of());
        this.end = end;
        this.file = file;
        this.blocking = app.blocking();
    }

    private static final class Numbered extends Emission<Object> {
        private final int number;

        Numbered(Partition in, int number) {
            super(in, Map.of("n", number, "text", "number " + number));
            this.number = number;
        }
    }

    @Override
    public void readFrom(StoredPositions from) {
        stored = from;
    }

    @Override
    protected Mono<Void> start() {
        StoredPositions from = stored;
        Mono<Integer> position = from == null
                ? Mono.fromCallable(this::read).subscribeOn(blocking)
                : from.read(name -> true).map(all -> Integer.parseInt(all.getOrDefault("all", "0")));
        return position.doOnNext(number -> {
                    settled = number;
                    told = number;
                })
                .then();
    }

    @Override
    protected Flux<Emission<Object>> events() {
        return Flux.range(settled + 1, end - settled).map(number -> new Numbered(partition, number));
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        settled = ((Numbered) emission).number;
        if (stored == null && (settled % 500 == 0 || settled == end)) {
            int now = settled;
            blocking.schedule(() -> write(now));
        }
    }

    @Override
    public Mono<List<Position>> positions() {
        if (told == settled) {
            return Mono.just(List.of());
        }
        told = settled;
        return Mono.just(List.of(new Position(this, "all", Integer.toString(settled))));
    }

    @Override
    public void committed(List<Position> positions) {}

    private int read() throws IOException {
        return Files.exists(file) ? Integer.parseInt(Files.readString(file)) : 0;
    }

    /** In the order in which they come, more or less: an older one leads to events that come twice. */
    private void write(int number) {
        try {
            Path fresh = Files.writeString(Files.createTempFile(file.getParent(), "position", ""), "" + number);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
