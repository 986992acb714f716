package io.bspump.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is known about the use of one section: who claimed it, what it held, what was read. Not thread-safe. */
final class Use {

    private final List<Claim> claims = new ArrayList<>();
    private final List<Options> declared = new ArrayList<>();

    void add(Claim claim) {
        claims.add(claim);
        declare(claim.options());
    }

    /** Records options that somebody understands who does not claim the whole section. */
    void declare(Options options) {
        declared.add(options);
    }

    /** All that was declared, as one. */
    Options options() {
        return declared.stream().reduce(Options.of(), (base, own) -> own.over(base));
    }

    /** The keys that somebody gave, each where it stood for the first who claimed the section. */
    Map<String, Origin> given() {
        Map<String, Origin> given = new LinkedHashMap<>();
        claims.forEach(claim -> claim.given().forEach(given::putIfAbsent));
        return given;
    }

    boolean isOpen() {
        return claims.isEmpty() || claims.stream().anyMatch(claim -> !claim.isClosed());
    }

    boolean knows(String key) {
        return claims.stream().anyMatch(claim -> claim.reads().contains(key))
                || declared.stream().anyMatch(options -> options.lookup(key) != null);
    }

    /** The keys that a misspelt one may have been meant to be. */
    List<String> declaredKeys() {
        return declared.stream()
                .flatMap(options -> options.spellings().stream())
                .distinct()
                .toList();
    }

    Set<String> reads() {
        Set<String> reads = new LinkedHashSet<>();
        claims.forEach(claim -> reads.addAll(claim.reads()));
        return reads;
    }
}
