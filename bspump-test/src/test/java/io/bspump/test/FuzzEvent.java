package io.bspump.test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * An event of a random pipeline: its number in its source, and how it was made of that one. What an aggregate is made of
 * says where it came from, and its number, which is that of its group, decides its fate.
 *
 * @param source the number of the source; {@link #AGGREGATE} for an aggregate
 * @param number the number in the source, or of the group
 * @param path for each generator it came through: the attempt, the number among the outputs
 * @param members what an aggregate was made of, one by one and with the generators behind it
 */
record FuzzEvent(int source, int number, List<Integer> path, List<FuzzEvent> members) implements Comparable<FuzzEvent> {

    static final int AGGREGATE = -1;

    static FuzzEvent of(int source, int number) {
        return new FuzzEvent(source, number, List.of(), List.of());
    }

    /** What decides the fate of all aggregates of a group, whatever they were made of. */
    static FuzzEvent group(int key) {
        return of(AGGREGATE, key);
    }

    /** Makes an aggregate of a group. */
    static FuzzEvent aggregate(int key, List<FuzzEvent> members) {
        List<FuzzEvent> all = new ArrayList<>();
        members.forEach(member -> all.addAll(member.origins()));
        return new FuzzEvent(AGGREGATE, key, List.of(), List.copyOf(all));
    }

    /** What it was made of: itself, or the members of the aggregate. */
    List<FuzzEvent> origins() {
        return members.isEmpty() ? List.of(this) : members;
    }

    /** What decides its fate. */
    FuzzEvent fated() {
        return members.isEmpty() ? this : new FuzzEvent(source, number, path, List.of());
    }

    FuzzEvent child(int attempt, int index) {
        List<Integer> longer = new ArrayList<>(path);
        longer.add(attempt);
        longer.add(index);
        List<FuzzEvent> children =
                members.stream().map(member -> member.child(attempt, index)).toList();
        return new FuzzEvent(source, number, List.copyOf(longer), children);
    }

    /** In the order in which they were made; of one source only. */
    @Override
    public int compareTo(FuzzEvent other) {
        if (number != other.number) {
            return Integer.compare(number, other.number);
        }
        for (int i = 0; i < Math.min(path.size(), other.path.size()); i++) {
            if (!path.get(i).equals(other.path.get(i))) {
                return Integer.compare(path.get(i), other.path.get(i));
            }
        }
        return Integer.compare(path.size(), other.path.size());
    }

    @Override
    public String toString() {
        String own = source + ":" + number + path.stream().map(n -> "." + n).collect(Collectors.joining());
        return members.isEmpty() ? own : own + members;
    }
}
