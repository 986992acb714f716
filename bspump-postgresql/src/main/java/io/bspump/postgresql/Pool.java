package io.bspump.postgresql;

import io.bspump.config.Config;
import io.bspump.config.Option;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ValidationDepth;
import java.time.Duration;
import java.util.List;

/** The keys about the pool. */
final class Pool {

    static final String ACQUIRE_TIMEOUT = "pool_acquire_timeout";
    static final String MAX = "pool_max";

    static final List<Option> OPTIONS = List.of(
            Option.integer("pool_min")
                    .between(0, 10_000)
                    .defaultTo(0)
                    .doc("How many connections of the pool are open even when nobody uses them."),
            Option.integer(MAX)
                    .between(1, 10_000)
                    .defaultTo(10)
                    .doc("How many connections the pool may have at the most. One more watches the server."),
            Option.duration("pool_max_idle")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("10m")
                    .doc("How long a connection of the pool may be unused before it is closed."),
            Option.duration("pool_max_lifetime")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("1h")
                    .doc("How old a connection of the pool may become."),
            Option.duration(ACQUIRE_TIMEOUT)
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("30s")
                    .doc("How long one may wait for a connection when all of the pool are in use."),
            Option.choice("pool_validation", "local", "remote")
                    .defaultTo("local")
                    .doc("How a connection is looked at before it is used again: `remote` asks the server each time."));

    private Pool() {}

    static ConnectionPool of(Config config, String name, ConnectionFactory factory) {
        int max = config.getInt(MAX);
        Duration dial = config.getDuration("connect_timeout");
        return new ConnectionPool(ConnectionPoolConfiguration.builder(factory)
                .name(name)
                .initialSize(0)
                .minIdle(Math.min(config.getInt("pool_min"), max))
                .maxSize(max)
                .maxIdleTime(config.getDuration("pool_max_idle"))
                .maxLifeTime(config.getDuration("pool_max_lifetime"))
                .backgroundEvictionInterval(Duration.ofSeconds(30))
                .maxAcquireTime(config.getDuration(ACQUIRE_TIMEOUT))
                .maxCreateConnectionTime(dial)
                .maxValidationTime(config.getDuration("ping_timeout"))
                .validationDepth(
                        config.get("pool_validation").equalsIgnoreCase("remote")
                                ? ValidationDepth.REMOTE
                                : ValidationDepth.LOCAL)
                // Each of those that are there may turn out to be dead.
                .acquireRetry(max)
                .build());
    }
}
