package io.bspump.test;

import java.time.Duration;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a process again and again and kills it as {@code kill -9} does, each time at a random moment of its life, and then
 * lets it live. The process may be a pump, or a server that a pump talks to.
 *
 * <p>The moments come from a seed, which is logged and stands in every message; with the same seed they are the same, as
 * far as the machine allows. Not thread-safe. Blocks the calling thread.
 *
 * <pre>{@code
 * LossAccount account = ChaosRun.of(() -> PumpProcess.jar(jar).args("-c", conf).start())
 *     .kills(20)
 *     .livesBetween(Duration.ZERO, Duration.ofSeconds(3))
 *     .account(Duration.ofMinutes(2), a -> {
 *         a.expect(1, 1_000_000);
 *         a.sawLines(output, Long::parseLong);
 *     });
 * account.assertNothingMissing();
 * }</pre>
 */
public final class ChaosRun {

    private static final Logger LOG = LoggerFactory.getLogger(ChaosRun.class);
    private static final Duration START = Duration.ofMinutes(1);

    private final Supplier<PumpProcess> start;
    private int kills = 10;
    private Duration shortest = Duration.ZERO;
    private Duration longest = Duration.ofSeconds(3);
    private long seed = System.nanoTime();
    private @Nullable String readyLine;

    private ChaosRun(Supplier<PumpProcess> start) {
        this.start = start;
    }

    /**
     * Prepares a run.
     *
     * @param start starts the process; called once for each life
     */
    public static ChaosRun of(Supplier<PumpProcess> start) {
        return new ChaosRun(start);
    }

    /**
     * How often it is killed. Defaults to 10.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public ChaosRun kills(int kills) {
        if (kills < 0) {
            throw new IllegalArgumentException("kills must not be negative, was " + kills);
        }
        this.kills = kills;
        return this;
    }

    /**
     * How long a life is that ends by a kill. Defaults to between 0 and 3 seconds.
     *
     * @throws IllegalArgumentException if the shortest is negative or above the longest
     */
    public ChaosRun livesBetween(Duration shortest, Duration longest) {
        if (shortest.isNegative() || shortest.compareTo(longest) > 0) {
            throw new IllegalArgumentException("lives must be between 0 or more and something longer, were between "
                    + shortest + " and " + longest);
        }
        this.shortest = shortest;
        this.longest = longest;
        return this;
    }

    /** Counts a life from the line that contains this text on. Defaults to the start of the process. */
    public ChaosRun from(String readyLine) {
        this.readyLine = readyLine;
        return this;
    }

    /** Sets the seed of the random moments. Defaults to another one each time. */
    public ChaosRun seed(long seed) {
        this.seed = seed;
        return this;
    }

    /**
     * Does all the killing and starts the process once more.
     *
     * @return the process, which is alive and for the caller to close
     * @throws AssertionError if a process ends before it is killed
     */
    public PumpProcess run() {
        LOG.info("chaos begins kills={} seed={}", kills, seed);
        Random random = new Random(seed);
        for (int kill = 1; kill <= kills; kill++) {
            live(kill, moment(random));
        }
        return start.get();
    }

    /**
     * Does all the killing, starts the process once more, waits for it to end with exit code 0, and then makes up the
     * account.
     *
     * @param lastLife how long the last run may take
     * @param count tells a new account what was expected and what was seen
     * @throws AssertionError if a process ends before it is killed, or the last one does not end well
     */
    public LossAccount account(Duration lastLife, Consumer<LossAccount> count) {
        try (PumpProcess last = run()) {
            int code = last.awaitExit(lastLife);
            if (code != 0) {
                throw new AssertionError("the clean run after " + kills + " kills ended with exit code " + code + seed()
                        + "; " + last.tail());
            }
        }
        LossAccount account = new LossAccount();
        count.accept(account);
        LOG.info("chaos ends kills={} seed={} account: {}", kills, seed, account);
        return account;
    }

    private Duration moment(Random random) {
        long spread = longest.minus(shortest).toNanos();
        return shortest.plusNanos((long) (random.nextDouble() * spread));
    }

    private void live(int kill, Duration life) {
        try (PumpProcess process = start.get()) {
            if (readyLine != null) {
                process.awaitLine(readyLine, START);
            }
            if (process.endsWithin(life)) {
                throw new AssertionError("ended with exit code " + process.awaitExit(Duration.ZERO) + " before kill "
                        + kill + " of " + kills + seed() + ", give it more to do; " + process.tail());
            }
            process.kill9();
            LOG.debug("killed {} kill={} after={}", process, kill, life);
        }
    }

    private String seed() {
        return " (seed " + seed + ")";
    }
}
