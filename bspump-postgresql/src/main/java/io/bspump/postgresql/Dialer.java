package io.bspump.postgresql;

import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Option;
import io.bspump.config.Secret;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import reactor.netty.resources.LoopResources;

/** What a section says of servers and sessions. */
final class Dialer {

    static final String ROLE = "target_role";
    private static final String HOST = "host";
    private static final String PORT = "port";
    private static final String SETTINGS = "options";

    static final List<Option> OPTIONS = List.of(
            Option.list(HOST)
                    .alias("hosts")
                    .defaultTo("127.0.0.1")
                    .doc("Where the server listens, HOST or HOST:PORT; several for one that takes over from another."),
            Option.integer(PORT)
                    .between(1, 65_535)
                    .defaultTo(5432)
                    .doc("The port of hosts that are given without one."),
            Option.string("database")
                    .alias("db")
                    .alias("dbname")
                    .doc("The database; without it the one that is called like the user."),
            Option.string("user").alias("username").required().doc("The user's name."),
            Option.secret("password").doc("The password."),
            Option.choice(ROLE, "any", "primary", "secondary", "prefer_primary", "prefer_secondary")
                    .defaultTo("any")
                    .doc("Which of several servers is wanted: the first that answers, or one that can be written to"
                            + " (`primary`) or not (`secondary`)."),
            Option.string("application_name")
                    .doc(
                            "What the server calls the session, for instance in `pg_stat_activity`; without it `bspump-` and"
                                    + " the connection's id."),
            Option.duration("statement_timeout")
                    .defaultTo("0s")
                    .doc("How long the server lets a statement run; 0 for as long as it takes."),
            Option.duration("lock_timeout")
                    .defaultTo("0s")
                    .doc("How long a statement may wait for a lock; 0 for as long as it takes."),
            Option.list(SETTINGS)
                    .doc("Settings of the server for the session, each NAME=VALUE, such as `search_path=metrics`."),
            Option.integer("prepared_statements")
                    .between(0, 1_000_000)
                    .defaultTo(256)
                    .doc(
                            "How many statements are kept prepared per session; 0 for a PgBouncer that pools transactions."),
            Option.bool("tcp_keep_alive")
                    .defaultTo(true)
                    .doc("Whether the system asks idle lines whether they are there."));

    private final Config config;
    private final String defaultName;
    private final List<Server> servers;
    private final Map<String, String> settings;
    private final TargetRole role;

    Dialer(Config config, String id) {
        List<ConfigProblem> problems = new ArrayList<>();
        this.config = config;
        this.defaultName = "bspump-" + id;
        this.servers = servers(config, problems);
        this.settings = settings(config, problems);
        this.role = config.getEnum(ROLE, TargetRole.class);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }

    private static List<Server> servers(Config config, List<ConfigProblem> problems) {
        List<Server> servers = new ArrayList<>();
        for (String text : config.getList(HOST)) {
            Server server = Server.parse(text, config.getInt(PORT));
            if (server == null) {
                problems.add(config.problem(HOST, "must be HOST or HOST:PORT, was '" + config.masked(text) + "'"));
            } else {
                servers.add(server);
            }
        }
        return List.copyOf(servers);
    }

    private static Map<String, String> settings(Config config, List<ConfigProblem> problems) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String each : config.getList(SETTINGS, List.of())) {
            int equals = each.indexOf('=');
            if (equals < 1) {
                problems.add(config.problem(SETTINGS, "must be NAME=VALUE each, was '" + config.masked(each) + "'"));
            } else {
                settings.put(
                        each.substring(0, equals).strip(),
                        each.substring(equals + 1).strip());
            }
        }
        return settings;
    }

    List<Server> servers() {
        return servers;
    }

    TargetRole role() {
        return role;
    }

    /** What dials a server; reads files, so it may block. */
    PostgresqlConnectionFactory factory(Server server, LoopResources lines) {
        PostgresqlConnectionConfiguration.Builder builder = PostgresqlConnectionConfiguration.builder()
                .host(server.host())
                .port(server.port())
                .username(config.get("user"))
                .password(config.getSecret("password", Secret.of("")).reveal())
                .database(config.get("database", config.get("user")))
                .applicationName(config.get("application_name", defaultName))
                .connectTimeout(config.getDuration("connect_timeout"))
                .tcpKeepAlive(config.getBoolean("tcp_keep_alive"))
                .tcpNoDelay(true)
                .loopResources(lines)
                .timeZone("UTC")
                .preparedStatementCacheQueries(config.getInt("prepared_statements"))
                .codecRegistrar(new RawText.Registrar())
                .options(settings);
        timeout("statement_timeout", builder::statementTimeout);
        timeout("lock_timeout", builder::lockWaitTimeout);
        Tls.apply(config, builder);
        try {
            return new PostgresqlConnectionFactory(builder.build());
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw Tls.unusable(config, e);
        }
    }

    private void timeout(String key, Consumer<Duration> setter) {
        Duration timeout = config.getDuration(key);
        if (!timeout.isZero()) {
            setter.accept(timeout);
        }
    }
}
