package io.bspump.test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Faults one after the other, for {@link FaultProxy#play}. Each step does its harm, lasts its time, and is then undone.
 * Immutable.
 *
 * <pre>{@code
 * proxy.play(FaultScript.begin()
 *     .pass(Duration.ofSeconds(2))
 *     .down(Duration.ofSeconds(1))
 *     .stall(Duration.ofSeconds(3))
 *     .then("slow line", Duration.ofSeconds(5), p -> p.bandwidth(10_000))
 *     .reset()
 *     .times(10));
 * }</pre>
 */
public final class FaultScript {

    record Step(String name, Duration lasting, Consumer<FaultProxy> fault) {
        @Override
        public String toString() {
            return lasting.isZero() ? name : name + " " + lasting.toMillis() + "ms";
        }
    }

    private static final int FOREVER = Integer.MAX_VALUE;
    private static final int RANDOM_BYTES = 10_000;

    private final String origin;
    private final List<Step> steps;
    private final int rounds;

    private FaultScript(String origin, List<Step> steps, int rounds) {
        this.origin = origin;
        this.steps = List.copyOf(steps);
        this.rounds = rounds;
    }

    /** Returns a script without a step. */
    public static FaultScript begin() {
        return new FaultScript("", List.of(), 1);
    }

    /** Returns a script that goes {@link #pass up} and {@link #down} for ever. */
    public static FaultScript flap(Duration up, Duration down) {
        return begin().pass(up).down(down).forever();
    }

    /** Returns {@link #random(int, Duration, long)} with another seed each time. */
    public static FaultScript random(int faults, Duration longest) {
        return random(faults, longest, System.nanoTime());
    }

    /**
     * Returns a script of random faults, with random times without one between. Its text, which is logged when it is
     * played, has the seed.
     *
     * @param faults how many
     * @param longest how long a fault lasts at most, and how long nothing is wrong at most
     * @param seed the same seed makes the same script
     * @throws IllegalArgumentException if a number or a time is negative
     */
    public static FaultScript random(int faults, Duration longest, long seed) {
        if (faults < 0) {
            throw new IllegalArgumentException("faults must not be negative, was " + faults);
        }
        Random random = new Random(seed);
        FaultScript script = new FaultScript("random(seed " + seed + ") ", List.of(), 1);
        for (int i = 0; i < faults; i++) {
            script = script.pass(upTo(longest, random)).thenRandom(upTo(longest, random), random);
        }
        return script;
    }

    private static Duration upTo(Duration longest, Random random) {
        return Duration.ofMillis((long) (random.nextDouble() * longest.toMillis()));
    }

    private FaultScript thenRandom(Duration lasting, Random random) {
        FaultProxy.Direction direction =
                random.nextBoolean() ? FaultProxy.Direction.TO_SERVER : FaultProxy.Direction.TO_CLIENT;
        int bytes = random.nextInt(RANDOM_BYTES);
        Duration delay = lasting.dividedBy(4);
        return switch (random.nextInt(11)) {
            case 0 -> refuse(lasting);
            case 1 -> down(lasting);
            case 2 -> stall(lasting);
            case 3 -> cut();
            case 4 -> reset();
            case 5 -> then("stall " + direction, lasting, p -> p.stall(direction));
            case 6 -> then("delay " + direction, lasting, p -> p.delay(direction, delay, delay));
            case 7 -> then("bandwidth", lasting, p -> p.bandwidth(bytes + 1));
            case 8 -> then("cut after " + bytes + " " + direction, lasting, p -> p.cutAfter(direction, bytes));
            case 9 -> then("reset after " + bytes + " " + direction, lasting, p -> p.resetAfter(direction, bytes));
            default -> then("half-close " + direction, Duration.ZERO, p -> p.halfClose(direction));
        };
    }

    /** Nothing is wrong for a time. */
    public FaultScript pass(Duration lasting) {
        return then("pass", lasting, proxy -> {});
    }

    /** New connections are {@link FaultProxy#refuse refused} for a time; those that are open stay. */
    public FaultScript refuse(Duration lasting) {
        return then("refuse", lasting, FaultProxy::refuse);
    }

    /** The server is {@link FaultProxy#down} for a time. */
    public FaultScript down(Duration lasting) {
        return then("down", lasting, FaultProxy::down);
    }

    /** Everything {@link FaultProxy#stall stalls} for a time. */
    public FaultScript stall(Duration lasting) {
        return then("stall", lasting, FaultProxy::stall);
    }

    /** Open connections are {@link FaultProxy#cut}. */
    public FaultScript cut() {
        return then("cut", Duration.ZERO, FaultProxy::cut);
    }

    /** Open connections are {@link FaultProxy#reset}. */
    public FaultScript reset() {
        return then("reset", Duration.ZERO, FaultProxy::reset);
    }

    /**
     * Any fault, or several together.
     *
     * @param name for the log
     * @param lasting after that time, {@link FaultProxy#heal} undoes it
     * @param fault called on the proxy's thread; must not block
     * @throws IllegalArgumentException if the time is negative
     */
    public FaultScript then(String name, Duration lasting, Consumer<FaultProxy> fault) {
        if (lasting.isNegative()) {
            throw new IllegalArgumentException("the time of '" + name + "' must not be negative, was " + lasting);
        }
        List<Step> more = new ArrayList<>(steps);
        more.add(new Step(name, lasting, fault));
        return new FaultScript(origin, more, rounds);
    }

    /**
     * All steps so many times.
     *
     * @throws IllegalArgumentException if it is not at least 1
     */
    public FaultScript times(int rounds) {
        if (rounds < 1) {
            throw new IllegalArgumentException("rounds must be at least 1, was " + rounds);
        }
        return new FaultScript(origin, steps, rounds);
    }

    /**
     * All steps again and again, until the proxy is healed, closed, or plays another script.
     *
     * @throws IllegalArgumentException if the steps take no time
     */
    public FaultScript forever() {
        if (steps.stream().allMatch(step -> step.lasting().isZero())) {
            throw new IllegalArgumentException("a script that goes on for ever must have a step that takes time");
        }
        return new FaultScript(origin, steps, FOREVER);
    }

    List<Step> steps() {
        return steps;
    }

    int rounds() {
        return rounds;
    }

    /** Returns the steps in words, with the seed of random ones. */
    @Override
    public String toString() {
        String list = steps.stream().map(Step::toString).collect(Collectors.joining(", "));
        String repeat = rounds == FOREVER ? ", for ever" : ", " + rounds + " times";
        return origin + list + (rounds == 1 ? "" : repeat);
    }
}
