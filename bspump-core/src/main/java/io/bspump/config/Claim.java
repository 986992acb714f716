package io.bspump.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What somebody understands of a section, and what was found there. When a configuration is read anew, the claims of those
 * that stay are taken over into it; their holders keep the values they have. Thread-safe.
 */
final class Claim {

    private final String section;
    private final Options options;
    private final Map<String, ?> valuesInCode;
    private final boolean closed;
    private final Set<String> reads;
    private final Map<String, String> held;
    private final Map<String, Origin> given;
    private final List<ConfigProblem> problems;

    private Claim(Claim base, Map<String, String> held, Map<String, Origin> given, List<ConfigProblem> problems) {
        this.section = base.section;
        this.options = base.options;
        this.valuesInCode = base.valuesInCode;
        this.closed = base.closed;
        this.reads = base.reads;
        this.held = held;
        this.given = given;
        this.problems = problems;
    }

    /**
     * Makes one that has not been merged with the files.
     *
     * @param closed whether keys that are neither declared nor read are unknown
     */
    Claim(String section, Options options, Map<String, ?> valuesInCode, boolean closed) {
        this.section = section;
        this.options = options;
        this.valuesInCode = new LinkedHashMap<>(valuesInCode);
        this.closed = closed;
        this.reads = ConcurrentHashMap.newKeySet();
        this.held = Map.of();
        this.given = Map.of();
        this.problems = List.of();
    }

    /** The same with what was found, whose holder gets it. */
    Claim merged(SectionMerge merge) {
        return new Claim(this, texts(merge), Map.copyOf(merge.given()), merge.problems());
    }

    /** The same in a configuration read anew, whose holder does not get what was found there. */
    Claim takenOver(SectionMerge merge) {
        // What the holder lives with has been accepted before.
        List<ConfigProblem> fresh = texts(merge).equals(held) ? List.of() : merge.problems();
        return new Claim(this, held, Map.copyOf(merge.given()), fresh);
    }

    /** What is still understood when the holder is gone. */
    Claim past() {
        return new Claim(this, Map.of(), Map.of(), List.of());
    }

    /** Two that are past as one. */
    Claim and(Claim other) {
        Claim both = new Claim(section, other.options.over(options), Map.of(), closed && other.closed);
        both.reads.addAll(reads);
        both.reads.addAll(other.reads);
        return both;
    }

    /** The keys whose values are other ones than the holder has. */
    Set<String> differences(SectionMerge merge) {
        Map<String, String> now = texts(merge);
        Set<String> keys = new TreeSet<>(held.keySet());
        keys.addAll(now.keySet());
        keys.removeIf(key -> now.containsKey(key) == held.containsKey(key)
                && now.getOrDefault(key, "").equals(held.getOrDefault(key, "")));
        return keys;
    }

    private static Map<String, String> texts(SectionMerge merge) {
        Map<String, String> texts = new LinkedHashMap<>();
        merge.merged().forEach((key, value) -> texts.put(key, value.text()));
        return texts;
    }

    String section() {
        return section;
    }

    Options options() {
        return options;
    }

    Map<String, ?> valuesInCode() {
        return valuesInCode;
    }

    boolean isClosed() {
        return closed;
    }

    Map<String, Origin> given() {
        return given;
    }

    List<ConfigProblem> problems() {
        return problems;
    }

    Set<String> reads() {
        return reads;
    }

    void read(String key) {
        reads.add(key);
    }
}
