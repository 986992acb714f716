package io.bspump.random;

import io.bspump.config.Config;
import io.bspump.config.Option;
import java.util.List;
import java.util.SplittableRandom;

/** The random values that a section asks for. */
final class RandomValues {

    static final Option LOWER = Option.integer("lower_bound").defaultTo(0).doc("The least number.");
    static final Option UPPER = Option.integer("upper_bound").defaultTo(1000).doc("The greatest number.");
    static final Option CHOICE = Option.list("choice").defaultTo("").doc("Texts to choose from, instead of numbers.");
    static final Option SEED = Option.integer("seed")
            .between(Long.MIN_VALUE, Long.MAX_VALUE)
            .doc("Makes the same events at each start; without it they are always others.");

    private final SplittableRandom random;
    private final List<String> choice;
    private final int lower;
    private final int upper;

    RandomValues(Config config) {
        random = random(config);
        choice = config.getList("choice");
        lower = config.getInt("lower_bound");
        upper = config.getInt("upper_bound");
        if (lower > upper) {
            throw config.invalid("upper_bound", "must not be below lower_bound, " + lower);
        }
    }

    static SplittableRandom random(Config config) {
        return config.contains("seed") ? new SplittableRandom(config.getLong("seed")) : new SplittableRandom();
    }

    Object next() {
        return choice.isEmpty()
                ? (Object) (int) random.nextLong(lower, upper + 1L)
                : choice.get(random.nextInt(choice.size()));
    }
}
