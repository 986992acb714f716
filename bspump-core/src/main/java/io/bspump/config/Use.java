package io.bspump.config;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What is known about the use of one section: who claimed it, what it held, what was read. Thread-safe. */
final class Use {

    private final Set<String> reads = ConcurrentHashMap.newKeySet();
    private final Map<String, Origin> given = new ConcurrentHashMap<>();
    private final List<Options> declared = new CopyOnWriteArrayList<>();
    private volatile boolean open;
    private volatile boolean closed;

    /** Records a claim: what its class declares, whether other keys may come, and the keys that somebody gave. */
    void claim(Options options, boolean closed, Map<String, Origin> keys) {
        declare(options);
        if (closed) {
            this.closed = true;
        } else {
            open = true;
        }
        keys.forEach(given::putIfAbsent);
    }

    /** Records options that somebody understands who does not claim the whole section. */
    void declare(Options options) {
        declared.add(options);
    }

    /** All that was declared, as one. */
    Options options() {
        return declared.stream().reduce(Options.of(), (base, own) -> own.over(base));
    }

    void read(String key) {
        reads.add(key);
    }

    Map<String, Origin> given() {
        return given;
    }

    boolean isOpen() {
        return open || !closed;
    }

    boolean knows(String key) {
        return reads.contains(key) || declared.stream().anyMatch(options -> options.lookup(key) != null);
    }

    /** The keys that a misspelt one may have been meant to be. */
    List<String> declaredKeys() {
        return declared.stream()
                .flatMap(options -> options.spellings().stream())
                .distinct()
                .toList();
    }

    Set<String> reads() {
        return reads;
    }
}
