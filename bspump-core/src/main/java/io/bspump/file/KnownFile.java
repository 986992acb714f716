package io.bspump.file;

import io.bspump.Partition;
import io.bspump.file.Cutter.Reach;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A file that a source reads or has read: where it is, how far it has been read, and how far its events have settled. One
 * thread at a time reads; the lane settles; another thread saves.
 */
final class KnownFile {

    static final Map<String, Object> STANDARD_INPUT = Map.of("filename", "-");

    /** After so long without a change nobody will end the last line of a file that has been renamed or is gone. */
    private static final long ROTATED_QUIET = Duration.ofMinutes(1).toMillis();

    private final Partition partition = new Partition();

    // Written by the lane alone. The count is written last, so who sees it sees the offset too.
    private final AtomicLong settledTo = new AtomicLong();
    private final AtomicLong settledCount = new AtomicLong();

    // Confined to the lane: how far it has settled where the sink keeps positions, and that has not been taken down.
    private long reachedEnd;
    private long reachedCount;
    private boolean isReached;

    /** The name of its position where the sink keeps positions; empty as long as it has none. */
    private volatile String name = "";

    private volatile boolean forgotten;

    /** Confined to who reads. */
    private Map<String, Object> values = STANDARD_INPUT;

    // Guarded by this.
    private String place;
    private String key;
    private boolean rotated;
    private long goneSince;
    private @Nullable FoundFile found;
    private long quietSince;
    /** The position before which all has settled; null at the beginning. */
    private @Nullable FilePosition settled;
    /** The position up to which it has been read; null at the beginning. */
    private @Nullable FilePosition reached;

    private @Nullable InputFile input;
    private boolean reading;
    private long emitted;
    /** As it was found when it was read last; null when that has not been or did not succeed. */
    private @Nullable FoundFile read;

    private Reach reach = Reach.BUFFERED;

    /** Makes a file that has not been read. */
    KnownFile(FoundFile found, long now) {
        this.place = found.place();
        this.key = found.key();
        seen(found, now);
    }

    /** Makes a file that has been read in another life. */
    KnownFile(FilePosition remembered) {
        this.place = remembered.path();
        this.key = remembered.key();
        this.rotated = remembered.rotated();
        this.goneSince = remembered.goneSince();
        this.settled = remembered;
        this.reached = remembered;
    }

    Partition partition() {
        return partition;
    }

    Map<String, Object> values() {
        return values;
    }

    /** The event that ends there and all before it have settled. Called on the lane. */
    void settled(long end) {
        // Who saves need not see it at once.
        settledTo.lazySet(end);
        settledCount.lazySet(settledCount.get() + 1);
    }

    /** The sink has committed the event that ends there, with which so many have settled, and all before it. Called on the lane. */
    void settled(long end, long count) {
        settledTo.lazySet(end);
        settledCount.lazySet(count);
    }

    /** The event that ends there has settled, for the sink to commit. Returns whether that is the first since it was taken down. */
    boolean reach(long end) {
        boolean first = !isReached;
        isReached = true;
        reachedEnd = end;
        reachedCount++;
        return first;
    }

    long reachedEnd() {
        return reachedEnd;
    }

    /** Returns how many events have settled, all in all; that is taken down with it. */
    long takeReachedCount() {
        isReached = false;
        return reachedCount;
    }

    String name() {
        return name;
    }

    void name(String given) {
        name = given;
    }

    boolean isForgotten() {
        return forgotten;
    }

    void forget() {
        forgotten = true;
    }

    synchronized String key() {
        return key;
    }

    synchronized String place() {
        return place;
    }

    synchronized Path path() {
        return found == null ? Path.of(place) : found.path();
    }

    synchronized @Nullable FoundFile found() {
        return found;
    }

    /** Returns when it was missed first, 0 if it is there. */
    synchronized long goneSince() {
        return goneSince;
    }

    /** Takes note of where it is now. Returns whether that must be remembered. */
    synchronized boolean seen(FoundFile now, long time) {
        if (!now.equals(found)) {
            quietSince = time;
        }
        boolean moved = !now.place().equals(place) || goneSince != 0;
        rotated |= !now.place().equals(place);
        place = now.place();
        goneSince = 0;
        found = now;
        if (!now.path().toString().equals(values.get("filename"))) {
            values = Map.of("filename", now.path().toString());
        }
        return moved;
    }

    /** Takes note that it is not where it was. Returns whether that must be remembered. */
    synchronized boolean missed(long time) {
        if (goneSince != 0) {
            return false;
        }
        goneSince = Math.max(1, time);
        quietSince = time;
        return true;
    }

    /** Another file has its content now. Returns the one that was open. */
    synchronized @Nullable InputFile move(FoundFile to, long time) {
        InputFile old = input;
        input = null;
        key = to.key();
        read = null;
        reach = Reach.BUFFERED;
        seen(to, time);
        return old;
    }

    /** The file has another content now. Returns the one that was open. */
    synchronized @Nullable InputFile orphan(long time) {
        InputFile old = input;
        input = null;
        reading = false;
        key = "";
        missed(time);
        return old;
    }

    /** Tells whether it is shorter than what has been read of it. */
    synchronized boolean isCut(FoundFile now) {
        return reached != null && !now.isCompressed() && now.size() < reached.offset();
    }

    /** Tells whether reading it may give something. */
    synchronized boolean hasWork(long now, Duration idle) throws IOException {
        FoundFile last = read;
        boolean isOpen = input != null && !input.isClosed();
        if (found == null || (goneSince != 0 && !isOpen)) {
            return false;
        }
        if (last == null) {
            return true;
        }
        long size = goneSince == 0 || input == null ? found.size() : input.size();
        if (size != last.size() || (goneSince == 0 && found.modified() != last.modified())) {
            return true;
        }
        return !last.isCompressed() && offset() < size && reach(now, idle).compareTo(reach) > 0;
    }

    /** Returns how far reading may go for an event, when it may be appended to. */
    synchronized Reach reach(long now, Duration idle) {
        if (found != null && found.isCompressed()) {
            return Reach.LAST_END;
        }
        if ((rotated || goneSince != 0) && now - quietSince >= ROTATED_QUIET) {
            return Reach.LAST_END;
        }
        return now - quietSince >= idle.toMillis() ? Reach.QUIET_END : Reach.END;
    }

    /** Returns where to read on. */
    synchronized long offset() {
        return reached == null ? 0 : reached.offset();
    }

    /** Returns how far it has been read, null if it has not been. */
    synchronized @Nullable FilePosition reached() {
        return reached;
    }

    /** Begins to read: returns the file, open; null if it is not there any more. Blocks. */
    synchronized @Nullable InputFile open() throws IOException {
        if (input == null || input.isClosed()) {
            InputFile opened = InputFile.open(path());
            if (opened != null && !opened.key().equals(key)) {
                opened.close();
                return null;
            }
            input = opened;
        }
        reading = input != null;
        return input;
    }

    /** An event was cut. Only by who reads. */
    void emitted() {
        emitted++;
    }

    /** It has been read up to an offset. */
    synchronized void reached(long offset, Reach howFar, FoundFile as) throws IOException {
        InputFile from = input;
        if (from != null && (reached == null || offset != reached.offset() || as.size() != reached.ended())) {
            reached = from.at(offset).withEnd(as.size());
        }
        read = as;
        reach = howFar;
        reading = false;
    }

    /** It could not be read further. */
    synchronized void failed(long offset) throws IOException {
        InputFile from = input;
        if (from != null && offset > offset()) {
            reached = from.at(offset);
        }
        read = null;
        reading = false;
    }

    /** Closes it. What was open is kept for positions in it until all has settled. */
    synchronized void close() throws IOException {
        InputFile old = input;
        if (old != null) {
            input = isSettled() ? null : old;
            old.close();
        }
    }

    /** Closes it unless something of it has not settled, or it is being read. Returns whether it did. */
    synchronized boolean closeSettled() throws IOException {
        boolean is = isSettled();
        if (is) {
            close();
        }
        return is;
    }

    /** Tells whether all that was read of it has settled. */
    synchronized boolean isSettled() {
        return !reading && settledCount.get() == emitted;
    }

    /** Tells whether it has been read to its last byte and all of that has settled; as what it was then. */
    synchronized @Nullable FoundFile complete() {
        return reach == Reach.LAST_END && isSettled() ? read : null;
    }

    /** Moves what {@link #position} gives up to where all has settled. Returns whether it moved. Blocks. */
    synchronized boolean advance() throws IOException {
        FilePosition before = settled;
        InputFile from = input;
        if (isSettled()) {
            settled = reached;
            input = from == null || from.isClosed() ? null : from;
        } else if (from != null && settledTo.get() > (before == null ? 0 : before.offset())) {
            settled = from.at(settledTo.get());
        }
        return !Objects.equals(settled, before);
    }

    /** Returns the position at an offset that has been read. Blocks. */
    synchronized FilePosition positionAt(long end) throws IOException {
        FilePosition last = reached;
        InputFile from = input;
        FilePosition at;
        if (last != null && last.offset() == end) {
            at = last;
        } else if (from != null) {
            at = from.at(end);
        } else {
            at = InputFile.unknownAt(end); // its content is another file's by now
        }
        return at.withPath(place, key, rotated, goneSince);
    }

    /** Returns what is to be remembered, null if that is nothing. */
    synchronized @Nullable FilePosition position() {
        FilePosition last = settled;
        return last == null || last.offset() == 0 ? null : last.withPath(place, key, rotated, goneSince);
    }
}
