package io.bspump.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.bspump.Position;
import io.bspump.Source;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The positions of files where the sink keeps them: one for each file, under the path that it had when it was found first. They
 * count as settled for the rest of the source when the sink has committed them.
 */
final class StoredFiles {

    private final Source<?> source;
    private final Scheduler blocking;
    private final List<KnownFile> moved = new ArrayList<>(); // confined to the lane
    /** Files that are called otherwise, or are forgotten: their old positions must not be taken for those of others. */
    private final Queue<KnownFile> touched = new ConcurrentLinkedQueue<>();

    private final Set<String> names = new HashSet<>(); // guarded by this

    StoredFiles(Source<?> source, Scheduler blocking) {
        this.source = source;
        this.blocking = blocking;
    }

    /** Up to where the events of a file had settled at one moment. */
    private static final class Reached extends Position {

        private final KnownFile file;
        private final long end;
        private final long count;

        Reached(Source<?> source, KnownFile file, long end, long count, @Nullable String value) {
            super(source, file.name(), value);
            this.file = file;
            this.end = end;
            this.count = count;
        }
    }

    /** A file as it is to be stored; without an end it is stored as far as it has been already. */
    private record Snapshot(KnownFile file, long end, long count) {}

    /** Has the catalogue know what the sink knows. */
    synchronized void remember(Map<String, String> stored, Catalogue catalogue) throws IOException {
        for (Map.Entry<String, String> each : stored.entrySet()) {
            names.add(each.getKey());
            try {
                catalogue.remember(each.getKey(), PositionFile.position(each.getValue()));
            } catch (JsonProcessingException e) {
                throw new IOException(
                        "the stored position '" + each.getKey() + "' is damaged (" + e.getOriginalMessage() + ")", e);
            }
        }
        catalogue.tellTouched(touched::add);
    }

    /** An event has settled, and all before it in its file. On the lane. */
    void settled(Piece<?> piece) {
        KnownFile file = piece.file();
        if (file != null && file.reach(piece.end())) {
            moved.add(file);
        }
    }

    /** Takes down how far all files are. On the lane. */
    Mono<List<Position>> take() {
        Map<KnownFile, Snapshot> taken = new LinkedHashMap<>();
        KnownFile other;
        while ((other = touched.poll()) != null) {
            taken.put(other, new Snapshot(other, -1, 0));
        }
        for (KnownFile file : moved) {
            taken.put(file, new Snapshot(file, file.reachedEnd(), file.takeReachedCount()));
        }
        moved.clear();
        List<Snapshot> snapshots = List.copyOf(taken.values());
        return Mono.fromCallable(() -> positions(snapshots)).subscribeOn(blocking);
    }

    private synchronized List<Position> positions(List<Snapshot> snapshots) throws IOException {
        List<Position> positions = new ArrayList<>();
        for (Snapshot each : snapshots) {
            KnownFile file = each.file();
            boolean isStored = !file.name().isEmpty();
            FilePosition at = each.end() < 0 ? file.position() : file.positionAt(each.end());
            String text = at == null || file.isForgotten() ? null : PositionFile.text(at);
            if (!isStored && text != null) {
                file.name(unused(file.place()));
            }
            if (isStored || text != null) {
                positions.add(new Reached(source, file, each.end(), each.count(), text));
            }
        }
        return positions;
    }

    private String unused(String path) {
        String name = path;
        for (int i = 2; !names.add(name); i++) {
            name = path + "#" + i;
        }
        return name;
    }

    /** The sink has committed these. On the lane. */
    static void committed(List<Position> positions) {
        for (Position position : positions) {
            Reached reached = (Reached) position;
            if (reached.end >= 0) {
                reached.file.settled(reached.end, reached.count);
            }
        }
    }
}
