package io.bspump.kafka;

import io.bspump.Application;
import io.bspump.Component;
import io.bspump.Connection;
import io.bspump.ErrorClass;
import io.bspump.Pipeline;
import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A connection to a Kafka cluster. Its section takes every option of the Java client, with {@code _} or {@code .}, and what
 * librdkafka calls them; consumers get those of consumers, producers those of producers.
 *
 * <p>It is connected when a broker has told it about the cluster, and asks again with every ping. Sources and sinks have
 * clients of their own, with the settings of this section and of theirs.
 */
public final class KafkaConnection extends Connection {

    static final String GROUP = "group_id";
    static final String RESET = "auto_offset_reset";
    private static final String SERVERS = "bootstrap_servers";
    private static final Pattern SERVER = Pattern.compile("(\\[[0-9a-fA-F:]+]|[^:\\[\\]/]+):(\\d{1,5})");
    private static final int MAX_PORT = 65_535;
    private static final Set<Client> CLIENTS = Set.of(Client.values());

    public static final Options OPTIONS = Options.of(options());

    private final ClientSettings settings;
    private final Security security;
    private final List<Function<Admin, Mono<Void>>> preparations = new CopyOnWriteArrayList<>();
    private volatile @Nullable Admin admin;

    /** How many links to brokers the client had made when it was last looked at. */
    private volatile double linksMade;

    /** Makes a connection that is configured by {@code [connection:ID]} alone. */
    public KafkaConnection(Application app, String id) {
        this(app, id, Map.of());
    }

    /**
     * Makes a connection.
     *
     * @param config values that the file may override
     */
    public KafkaConnection(Application app, String id, Map<String, ?> config) {
        super(app, id, config);
        this.security = new Security(config());
        this.settings = settings();
    }

    /** Makes a connection that belongs to one component, or to those that share it. */
    public KafkaConnection(Application app, Component owner) {
        super(app, owner);
        this.security = new Security(config());
        this.settings = settings();
    }

    private static Option[] options() {
        List<Option> options = new ArrayList<>();
        options.add(ClientOptions.withAliases(Option.list(SERVERS), "bootstrap.servers")
                .required()
                .doc("Brokers to ask first, each HOST:PORT; one that answers is enough."));
        options.addAll(Security.OPTIONS);
        options.add(Option.string(GROUP).alias("group.id").doc("The consumer group of sources that name none."));
        options.add(Option.string(RESET)
                .alias("auto.offset.reset")
                .doc("Where sources begin that do not say so: `start` of KafkaSource."));
        options.addAll(ClientOptions.of(CLIENTS, names(), options));
        options.addAll(IdleOptions.except(Set.of(RESET)));
        return options.toArray(new Option[0]);
    }

    private static Set<String> names() {
        Set<String> names = new TreeSet<>();
        CLIENTS.forEach(client -> names.addAll(client.names()));
        return names;
    }

    private ClientSettings settings() {
        List<ConfigProblem> problems = new ArrayList<>(security.problems());
        for (String server : config().getList(SERVERS, List.of())) {
            var matcher = SERVER.matcher(server);
            if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > MAX_PORT) {
                problems.add(config().problem(SERVERS, "must be HOST:PORT, was '" + config().masked(server) + "'"));
            }
        }
        ClientSettings read = null;
        try {
            read = ClientSettings.of(config(), CLIENTS, names());
        } catch (ConfigException e) {
            problems.addAll(e.problems());
        }
        if (read == null || !problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return read;
    }

    /** The properties of a client of a component; reads files, so it may block. */
    Map<String, Object> properties(Client client, Component component, @Nullable ClientSettings own) {
        Pipeline pipeline = component.pipeline();
        String lane = pipeline.parallelism() == 1 ? "" : "-" + pipeline.lane();
        String prefix = config().get("client_id", "bspump");
        return properties(client, prefix + "-" + component.address().replace("*", "") + lane, own);
    }

    private Map<String, Object> properties(Client client, String clientId, @Nullable ClientSettings own) {
        Map<String, Object> properties = ClientSettings.common(clientId);
        settings.addTo(properties, client);
        properties.put("client.id", clientId);
        if (own != null) {
            own.addTo(properties, client);
        }
        security.addTo(properties);
        return properties;
    }

    boolean sharesServersWith(KafkaConnection other) {
        return !Collections.disjoint(config().getList(SERVERS), other.config().getList(SERVERS));
    }

    /** What the section says of consumers without saying which. */
    Config section() {
        return config();
    }

    /** Has something done with each link before it counts as connected, such as the making of topics. */
    void prepare(Function<Admin, Mono<Void>> preparation) {
        preparations.add(preparation);
    }

    /** The client of the present link. */
    @Nullable
    Admin admin() {
        return admin;
    }

    @Override
    protected Mono<Void> connect() {
        return Mono.defer(() -> {
            Admin made = open();
            admin = made;
            return ask(made, config().getDuration("connect_timeout"))
                    .thenMany(Flux.fromIterable(preparations))
                    .concatMap(preparation -> preparation.apply(made))
                    .then(Mono.fromRunnable(() -> linksMade = metric(made, "connection-creation-total")));
        });
    }

    private Admin open() {
        try {
            return Admin.create(properties(Client.ADMIN, config().get("client_id", "bspump") + "-" + id(), null));
        } catch (KafkaException e) {
            throw Tokens.readable(e);
        }
    }

    @Override
    protected Mono<Void> disconnect() {
        return Mono.fromRunnable(() -> {
            Admin last = admin;
            admin = null;
            if (last != null) {
                last.close(Duration.ZERO);
            }
        });
    }

    @Override
    protected Mono<Void> ping() {
        Admin present = admin;
        if (present == null) {
            return Mono.error(new IllegalStateException("not connected"));
        }
        return checkLinks(present)
                .then(ask(present, config().getDuration("ping_timeout")))
                .then(checkLinks(present));
    }

    /** The driver dials again in silence; so it has to be found out that none of its links is one that was there before. */
    private Mono<Void> checkLinks(Admin asked) {
        return Mono.fromRunnable(() -> {
            double made = metric(asked, "connection-creation-total");
            if (metric(asked, "connection-count") <= made - linksMade) {
                throw new IllegalStateException("the broker has closed the connection");
            }
            linksMade = made;
        });
    }

    private static double metric(Admin asked, String name) {
        return asked.metrics().entrySet().stream()
                .filter(metric -> metric.getKey().name().equals(name))
                .mapToDouble(metric -> ((Number) metric.getValue().metricValue()).doubleValue())
                .sum();
    }

    private Mono<Void> ask(Admin asked, Duration timeout) {
        DescribeClusterOptions options =
                new DescribeClusterOptions().timeoutMs((int) Math.min(timeout.toMillis(), 1 << 30));
        return Mono.fromCompletionStage(
                        () -> asked.describeCluster(options).nodes().toCompletionStage())
                .onErrorMap(
                        TimeoutException.class,
                        e -> new TimeoutException(
                                "no broker of " + String.join(", ", config().getList(SERVERS)) + " answers", e))
                .then();
    }

    @Override
    protected ErrorClass classify(Throwable t) {
        for (Throwable each = t; each != null; each = each.getCause()) {
            if (each instanceof ConfigException || each instanceof UnsupportedSaslMechanismException) {
                return ErrorClass.CONFIGURATION;
            }
            if (each instanceof AuthenticationException) {
                return ErrorClass.AUTHENTICATION;
            }
            if (each instanceof org.apache.kafka.common.config.ConfigException) {
                // Names that cannot be resolved just now are reported in this way too.
                boolean names = String.valueOf(each.getMessage()).contains("bootstrap");
                return names ? ErrorClass.TRANSIENT : ErrorClass.CONFIGURATION;
            }
        }
        return ErrorClass.TRANSIENT;
    }
}
