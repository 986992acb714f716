package io.bspump.file;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a source. It recognises a file by device and inode whatever it is called, and one that was copied or
 * compressed in a rotation by its content: the first bytes and the last that were read. Used by one thread at a time,
 * except {@link #positions}, {@link #forget} and {@link #close}. Blocks.
 */
final class Catalogue {

    private static final Logger LOG = LoggerFactory.getLogger(Catalogue.class);

    /** Files that are kept open so that they can be read to their end when they are renamed or deleted. */
    private static final int MAX_OPEN = 100;

    /** For how long, and how many, files are remembered that are gone. */
    private static final long GONE = Duration.ofDays(7).toMillis();

    private static final int MAX_GONE = 10_000;

    /** For how long a file is kept open that is gone and does not grow. */
    private static final long OPEN_GONE = Duration.ofMinutes(10).toMillis();

    private final String section;
    private final FilePattern pattern;
    private final Order order;
    private final Settings settings;
    private final LongSupplier clock;
    private final Map<String, KnownFile> byKey = new ConcurrentHashMap<>();
    /** What is remembered of contents that are in no known file any more. */
    private final Set<KnownFile> orphans = ConcurrentHashMap.newKeySet();

    private final Map<String, Stranger> strangers = new HashMap<>();
    /** Guarded by itself: a pass that was cancelled may end late. */
    private final Set<KnownFile> open = new LinkedHashSet<>();

    private volatile boolean changed;
    private volatile Consumer<KnownFile> touched = file -> {};

    /** In which order files are read. */
    enum Order {
        NAME,
        TIME
    }

    /**
     * How files are looked for.
     *
     * @param again whether they will be looked for again
     * @param mayMiss whether a path that is no pattern may be missing
     * @param minAge for how long a new file must not have been written to
     * @param quiet for how long a file that may be a copy in the making must not change before it is taken for another
     * @param idle after how long without a change an event that could go on is complete
     */
    record Settings(boolean again, boolean mayMiss, Duration minAge, Duration quiet, Duration idle) {}

    /** A file that may be a copy in the making, and since when it looks like this. */
    private record Stranger(FoundFile file, long since) {}

    Catalogue(String section, FilePattern pattern, Order order, Settings settings, LongSupplier clock) {
        this.section = section;
        this.pattern = pattern;
        this.order = order;
        this.settings = settings;
        this.clock = clock;
    }

    /** Knows again what was remembered. */
    void remember(List<FilePosition> positions) {
        positions.forEach(position -> remember("", position));
    }

    /** Knows again one that is stored under a name. */
    void remember(String name, FilePosition position) {
        KnownFile file = new KnownFile(position);
        file.name(name);
        if (position.key().isEmpty() || byKey.putIfAbsent(position.key(), file) != null) {
            orphans.add(file);
        }
    }

    /** Tells of files whose positions would be taken for those of others if they stayed as they are. */
    void tellTouched(Consumer<KnownFile> listener) {
        touched = listener;
    }

    /** Returns what is to be remembered. Any thread. */
    List<FilePosition> positions() {
        return Stream.concat(byKey.values().stream(), orphans.stream())
                .map(KnownFile::position)
                .filter(Objects::nonNull)
                .toList();
    }

    /** Tells whether {@link #positions} give something else than before, apart from how far files were read. */
    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    /** Saving what had changed did not succeed. */
    void putChanged() {
        changed = true;
    }

    /** Looks for files, and returns those that have something to read. */
    List<KnownFile> scan() throws IOException {
        long now = clock.getAsLong();
        Set<String> keys = new HashSet<>();
        List<FoundFile> unknown = new ArrayList<>();
        for (FoundFile file : pattern.find(settings.mayMiss())) {
            if (keys.add(file.key()) && !recognise(file, now) && isOld(file, now)) {
                unknown.add(file);
            }
        }
        for (KnownFile file : byKey.values()) {
            if (!keys.contains(file.key()) && file.missed(now)) {
                changed = true;
            }
        }
        admit(unknown, now);
        strangers.keySet().retainAll(keys);
        forgetGone(now);
        return work(now);
    }

    private boolean isOld(FoundFile file, long now) {
        return settings.minAge().isZero()
                || now - file.modified() / 1_000_000 >= settings.minAge().toMillis();
    }

    private boolean recognise(FoundFile file, long now) throws IOException {
        KnownFile known = byKey.get(file.key());
        if (known == null) {
            return false;
        }
        if (known.isCut(file)) {
            restart(known, file, "it has " + file.size() + " bytes, of which " + known.offset() + " had been read");
        } else if (known.seen(file, now)) {
            changed = true;
        }
        return true;
    }

    /** A file has another content than before: begins it anew. */
    KnownFile restart(KnownFile known, FoundFile file, String reason) throws IOException {
        LOG.warn("[{}] reads '{}' from its beginning: {}", section, file.path(), reason);
        long now = clock.getAsLong();
        close(known.orphan(now));
        keepsNoMore(known);
        orphans.add(known);
        touched.accept(known);
        KnownFile fresh = new KnownFile(file, now);
        byKey.put(file.key(), fresh);
        changed = true;
        return fresh;
    }

    private void admit(List<FoundFile> unknown, long now) throws IOException {
        if (unknown.isEmpty()) {
            return;
        }
        List<KnownFile> all = new ArrayList<>(byKey.values());
        all.addAll(orphans);
        KnownContents contents = new KnownContents(all);
        for (FoundFile file : unknown) {
            if (!contents.hasRelatives(file.place()) || !isOfOther(file, contents, now)) {
                byKey.put(file.key(), new KnownFile(file, now));
            }
        }
    }

    /** Tells whether the content is that of another file, or may become it. */
    private boolean isOfOther(FoundFile file, KnownContents contents, long now) throws IOException {
        boolean doubtful;
        try (InputFile input = InputFile.open(file.path())) {
            if (input == null || !input.key().equals(file.key())) {
                return true;
            }
            List<KnownFile> candidates = contents.candidates(file.place(), input);
            KnownFile same = same(candidates, input);
            if (same != null) {
                adopt(same, file, now);
                return true;
            }
            doubtful = input.isShort() || !candidates.isEmpty();
        } catch (IOException e) {
            LOG.debug("[{}] cannot read '{}' yet", section, file.path(), e);
            doubtful = true;
        }
        return doubtful && settings.again() && !isQuiet(file, now);
    }

    private static @Nullable KnownFile same(List<KnownFile> candidates, InputFile input) throws IOException {
        for (KnownFile candidate : candidates) {
            FilePosition reached = candidate.reached();
            if (candidate.goneSince() != 0 && reached != null && input.holds(reached)) {
                return candidate;
            }
        }
        return null;
    }

    private void adopt(KnownFile known, FoundFile file, long now) throws IOException {
        LOG.info("[{}] reads on in '{}' what was '{}'", section, file.path(), known.place());
        byKey.remove(known.key(), known);
        orphans.remove(known);
        keepsNoMore(known);
        close(known.move(file, now));
        byKey.put(file.key(), known);
        touched.accept(known);
        changed = true;
    }

    private boolean isQuiet(FoundFile file, long now) {
        Stranger before = strangers.get(file.key());
        if (before == null || !before.file().equals(file)) {
            strangers.put(file.key(), new Stranger(file, now));
            return false;
        }
        return now - before.since() >= settings.quiet().toMillis();
    }

    private void forgetGone(long now) throws IOException {
        List<KnownFile> gone = new ArrayList<>();
        for (KnownFile file : byKey.values()) {
            addGone(file, now, gone);
        }
        for (KnownFile file : orphans) {
            addGone(file, now, gone);
        }
        if (gone.size() > MAX_GONE) {
            gone.sort(Comparator.comparing(KnownFile::goneSince));
            for (KnownFile file : gone.subList(0, gone.size() - MAX_GONE)) {
                forget(file);
            }
        }
    }

    private void addGone(KnownFile file, long now, Collection<KnownFile> gone) throws IOException {
        long since = file.goneSince();
        if (since == 0) {
            return;
        }
        if (now - since > GONE) {
            forget(file);
            return;
        }
        gone.add(file);
        if (now - since > OPEN_GONE && !file.hasWork(now, settings.idle()) && keepsNoMore(file)) {
            file.close();
        }
    }

    /** Remembers a file no more. Any thread. */
    void forget(KnownFile file) {
        byKey.remove(file.key(), file);
        orphans.remove(file);
        file.forget();
        touched.accept(file);
        changed = true;
    }

    private List<KnownFile> work(long now) throws IOException {
        List<KnownFile> gone = new ArrayList<>();
        List<KnownFile> there = new ArrayList<>();
        for (KnownFile file : byKey.values()) {
            if (file.hasWork(now, settings.idle())) {
                (file.goneSince() == 0 ? there : gone).add(file);
            }
        }
        there.sort(comparator());
        gone.addAll(there);
        return gone;
    }

    private Comparator<KnownFile> comparator() {
        Comparator<KnownFile> byName = Comparator.comparing(KnownFile::path);
        if (order == Order.NAME) {
            return byName;
        }
        // What was known before another file was found is older.
        return Comparator.<KnownFile>comparingLong(file -> {
                    FoundFile found = file.found();
                    return found == null ? 0 : found.modified();
                })
                .thenComparing(file -> file.reached() == null)
                .thenComparing(file -> !RotatedName.isRotated(file.place()))
                .thenComparing(byName);
    }

    /** Keeps a file open, and closes others for it. */
    void keepOpen(KnownFile file) throws IOException {
        synchronized (open) {
            open.remove(file);
            open.add(file);
            if (open.size() > MAX_OPEN) {
                KnownFile eldest = open.iterator().next();
                open.remove(eldest);
                eldest.close();
            }
        }
    }

    private boolean keepsNoMore(KnownFile file) {
        synchronized (open) {
            return open.remove(file);
        }
    }

    private static void close(@Nullable InputFile input) throws IOException {
        if (input != null) {
            input.close();
        }
    }

    /** Closes all files. */
    void close() throws IOException {
        synchronized (open) {
            for (KnownFile file : open) {
                file.close();
            }
            open.clear();
        }
    }

    long now() {
        return clock.getAsLong();
    }

    Duration idle() {
        return settings.idle();
    }
}
