package io.bspump;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.config.Configuration;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConnectionPolicyTest {

    private static final long SEED = 20261121;

    private final ConnectionPolicy defaults = ConnectionPolicy.of(
            Configuration.builder().text("").load().component("connection:C", Connection.class, Map.of()));

    private ConnectionPolicy with(double random) {
        return new ConnectionPolicy(
                defaults.delay(),
                defaults.multiplier(),
                defaults.jitter(),
                defaults.maxDelay(),
                defaults.connectTimeout(),
                defaults.pingInterval(),
                defaults.pingTimeout(),
                defaults.authRetryDelay(),
                () -> random);
    }

    @Test
    void defaultsAreThoseOfTheDesign() {
        assertThat(defaults.delay()).isEqualTo(Duration.ofMillis(100));
        assertThat(defaults.multiplier()).isEqualTo(1.5);
        assertThat(defaults.jitter()).isEqualTo(0.5);
        assertThat(defaults.maxDelay()).isEqualTo(Duration.ofSeconds(10));
        assertThat(defaults.connectTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(defaults.pingInterval()).isEqualTo(Duration.ofSeconds(15));
        assertThat(defaults.pingTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(defaults.authRetryDelay()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void delaysGrowByTheMultiplierUpToTheLongest() {
        assertThat(IntStream.range(0, 14).mapToObj(n -> with(0.5).delay(n).toMillis()))
                .containsExactly(
                        100L, 150L, 225L, 337L, 506L, 759L, 1139L, 1708L, 2562L, 3844L, 5766L, 8649L, 10000L, 10000L);
        assertThat(with(0.5).delay(1_000_000)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void delaysVaryByHalfAndNeverExceedTheLongest() {
        assertThat(with(0).delay(0)).isEqualTo(Duration.ofMillis(50));
        assertThat(with(1).delay(0)).isEqualTo(Duration.ofMillis(150));
        assertThat(with(0).delay(50)).isEqualTo(Duration.ofSeconds(5));
        assertThat(with(0.25).delay(50)).isEqualTo(Duration.ofMillis(7500));
        assertThat(with(1).delay(50)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void pingsOfConnectionsMadeTogetherSpread() {
        assertThat(with(0).firstPing()).isEqualTo(Duration.ofSeconds(15));
        assertThat(with(1).firstPing()).isEqualTo(Duration.ofMillis(7500));
    }

    @Test
    void afterAMinuteWithoutItTheServerIsFoundAgainWithinTenSecondsAndMostlyWithinFive() {
        Random random = new Random(SEED);
        ConnectionPolicy policy = new ConnectionPolicy(
                defaults.delay(),
                defaults.multiplier(),
                defaults.jitter(),
                defaults.maxDelay(),
                defaults.connectTimeout(),
                defaults.pingInterval(),
                defaults.pingTimeout(),
                defaults.authRetryDelay(),
                random::nextDouble);
        double[] waits = new double[200];
        for (int trial = 0; trial < waits.length; trial++) {
            double back = 60 + random.nextDouble();
            double time = 0;
            for (int n = 0; time < back; n++) {
                time += policy.delay(n).toNanos() / 1e9;
            }
            waits[trial] = time - back;
        }
        double[] sorted = IntStream.range(0, waits.length)
                .mapToDouble(i -> waits[i])
                .sorted()
                .toArray();
        assertThat(sorted[100]).as("median, seed %s", SEED).isLessThanOrEqualTo(5.0);
        assertThat(sorted[199]).as("worst, seed %s", SEED).isLessThanOrEqualTo(10.0);
    }

    @Test
    void durationsAreForPeople() {
        assertThat(ConnectionPolicy.text(Duration.ofMillis(850))).isEqualTo("850ms");
        assertThat(ConnectionPolicy.text(Duration.ofSeconds(10))).isEqualTo("10s");
        assertThat(ConnectionPolicy.text(Duration.ofMillis(12345))).isEqualTo("12.3s");
    }
}
