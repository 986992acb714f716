package io.bspump.test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * An event of a random pipeline: its number in its source, and how it was made of that one.
 *
 * @param source the number of the source
 * @param number the number in the source
 * @param path for each generator it came through: the attempt, the number among the outputs
 */
record FuzzEvent(int source, int number, List<Integer> path) implements Comparable<FuzzEvent> {

    FuzzEvent child(int attempt, int index) {
        List<Integer> longer = new ArrayList<>(path);
        longer.add(attempt);
        longer.add(index);
        return new FuzzEvent(source, number, List.copyOf(longer));
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
        return source + ":" + number + path.stream().map(n -> "." + n).collect(Collectors.joining());
    }
}
