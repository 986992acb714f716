package io.bspump.kafka;

import io.bspump.Position;
import java.util.ArrayList;
import java.util.List;

/** How far the records have settled of which somebody else commits the offsets. Confined to the lane. */
final class Reached {

    private final KafkaSource source;
    private final ConsumerLoop reader;
    private final List<Share> moved = new ArrayList<>();

    Reached(KafkaSource source, ConsumerLoop reader) {
        this.source = source;
        this.reader = reader;
    }

    void settled(Received record) {
        Share share = record.share();
        if (share.reach(record)) {
            moved.add(share);
        }
    }

    /** Returns the positions that have moved since the last time. */
    List<Position> take() {
        List<Position> positions = new ArrayList<>(moved.size());
        for (Share share : moved) {
            positions.add(new KafkaPosition(source, reader, share, share.takeReached()));
        }
        moved.clear();
        return positions;
    }
}
