package io.bspump.kafka;

import io.bspump.Application;
import io.bspump.ConnectionReference;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Position;
import io.bspump.Replayable;
import io.bspump.Settlement;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.StoredPositions;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Emits the values of the records of some topics, as {@code byte[]}. The context has {@code kafka_key} ({@code byte[]}) and
 * {@code kafka_headers} (a map from names to {@code byte[]}, or to a list of them) if the record has any, {@code
 * _kafka_topic}, {@code _kafka_partition}, {@code _kafka_offset}, {@code _kafka_timestamp} (milliseconds since 1970), and
 * {@code kafka_tombstone} (true) if it has no value; its event is then an empty array.
 *
 * <p>The source is a member of a consumer group, with a consumer and a thread of its own. The offset that is committed, every
 * {@code commit_interval}, when partitions are taken away and at the stop, is that before the first record whose event has
 * not settled: delivery is at least once. Order is that of each partition, also in several lanes, each of
 * which is a member of the group. With {@code delivery = exactly_once} it commits nothing
 * by itself, when the sink is a {@link KafkaSink}, and begins where the sink says, when that keeps positions.
 *
 * <p>It holds what one poll has brought and reads no more until the pipeline has asked for that. A slow pipeline does not lose
 * its partitions, since the source takes part in the group all the time. When partitions are to be given to another member,
 * it waits up to {@code rebalance_timeout} for what of them is in flight.
 */
public final class KafkaSource extends Source<byte[]> implements Replayable {

    private static final String START = "start";
    private static final Set<Client> CLIENT = Set.of(Client.CONSUMER);

    public static final Options OPTIONS = Options.of(options());

    private final ConnectionReference<KafkaConnection> connection;
    private final ClientSettings settings;
    private final @Nullable Start start;
    private final Topics topics;

    // Confined to the lane.
    private Disposable listening = Disposables.disposed();
    private @Nullable ConsumerLoop loop;
    private @Nullable StoredPositions stored;
    private @Nullable Reached reached;
    private @Nullable SourceMeters meters;

    /** Creates a source whose id is {@code KafkaSource} and that makes a connection of its own, unless its section names one. */
    public KafkaSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null);
    }

    /** Creates a source whose id is {@code KafkaSource}. */
    public KafkaSource(Application app, Pipeline pipeline, @Nullable String connection) {
        this(app, pipeline, connection, null, Map.of());
    }

    /**
     * Creates one in full.
     *
     * @param connection the id of the connection, unless the section names one; null for one of its own
     * @param id the id, or null for {@code KafkaSource}
     * @param config values that go above the class's defaults and below the file
     */
    public KafkaSource(
            Application app,
            Pipeline pipeline,
            @Nullable String connection,
            @Nullable String id,
            Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.connection = connection(KafkaConnection.class, connection, KafkaConnection::new);
        this.settings = ClientSettings.of(config(), CLIENT, Client.CONSUMER.componentNames());
        this.start = Start.of(config(), START).orElse(null);
        this.topics = Topics.of(config());
    }

    private static Option[] options() {
        List<Option> options = new ArrayList<>(List.of(
                ConnectionReference.CONNECTION,
                ConnectionReference.SHARING_KEY,
                Option.list("topic")
                        .alias("topics")
                        .required()
                        .doc("Topics to read; one that begins with `^` is an expression for the beginning of names."),
                Option.string(KafkaConnection.GROUP)
                        .alias("group.id")
                        .doc("The consumer group; without it that of the connection, otherwise the pipeline's id."),
                Option.string(START)
                        .alias(KafkaConnection.RESET)
                        .alias("auto.offset.reset")
                        .doc("Where a group begins that has committed nothing: `earliest`, `latest`, a time such as"
                                + " `2026-01-31T12:00:00Z`, an offset, or `none`, which is an error then. Without it"
                                + " that of the connection, otherwise `earliest`."),
                Option.duration("commit_interval")
                        .atLeast(Duration.ofMillis(1))
                        .defaultTo("1s")
                        .doc("How often offsets are committed."),
                Option.duration("rebalance_timeout")
                        .defaultTo("30s")
                        .doc("How long the group may have to wait for what is in flight of a partition that another"
                                + " member is to get."),
                Option.duration("refresh_topics")
                        .deprecated("use 'metadata_max_age_ms'")
                        .doc("Nothing: new topics are noticed every `metadata_max_age_ms`.")));
        options.addAll(ClientOptions.of(CLIENT, Client.CONSUMER.componentNames(), options));
        options.addAll(ClientOptions.ofOthers(Client.CONSUMER));
        options.addAll(IdleOptions.except(Set.of(KafkaConnection.RESET)));
        return options.toArray(new Option[0]);
    }

    @Override
    protected Flux<Emission<byte[]>> events() {
        return Flux.<Emission<byte[]>>from(this::listen);
    }

    private void listen(Subscriber<? super Emission<byte[]>> subscriber) {
        ConsumerLoop fresh = new ConsumerLoop(plan(), meters(), subscriber);
        loop = fresh;
        reached = stored == null ? null : new Reached(this, fresh);
        subscriber.onSubscribe(fresh);
        fresh.start();
        listening.dispose();
        listening = Disposables.composite(
                connection.connections().subscribe(fresh::use),
                connection.statusChanges().subscribe(status -> fresh.wake()));
    }

    private SourceMeters meters() {
        SourceMeters shown = meters == null ? new SourceMeters(app().meterRegistry(), this) : meters;
        meters = shown;
        return shown;
    }

    private ConsumerLoop.Plan plan() {
        return new ConsumerLoop.Plan(
                pipeline(),
                topics,
                this::properties,
                this::start,
                config().getDuration("commit_interval"),
                config().getDuration("rebalance_timeout"),
                stored == null || !isCommittedBySink(),
                isCommittedBySink() ? null : stored);
    }

    /** Whether the sink commits the offsets of the group, so that it is the brokers that know where to begin. */
    private boolean isCommittedBySink() {
        List<Stage<?, ?>> stages = pipeline().stages();
        return pipeline().isExactlyOnce() && stages.get(stages.size() - 1) instanceof KafkaSink;
    }

    private Map<String, Object> properties(KafkaConnection over) {
        Map<String, Object> properties = over.properties(Client.CONSUMER, this, settings);
        properties.putIfAbsent("group.id", pipeline().id());
        properties.put("enable.auto.commit", "false");
        properties.put("allow.auto.create.topics", "false");
        properties.put(
                "auto.offset.reset",
                pipeline().isExactlyOnce() ? "none" : start(over).reset());
        properties.putIfAbsent("max.poll.records", "2000");
        if (pipeline().isExactlyOnce()) {
            properties.put("isolation.level", "read_committed");
        }
        if (pipeline().parallelism() > 1) {
            properties.computeIfPresent(
                    "group.instance.id", (key, id) -> id + "-" + pipeline().lane());
        }
        String protocol = String.valueOf(properties.getOrDefault("group.protocol", "classic"));
        if (protocol.toLowerCase(Locale.ROOT).equals("classic")) {
            properties.putIfAbsent("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
        }
        return properties;
    }

    private Start start(KafkaConnection over) {
        return start != null
                ? start
                : Start.of(over.section(), KafkaConnection.RESET).orElse(Start.EARLIEST);
    }

    /** The sources of all lanes are members of one group. */
    @Override
    protected Optional<String> obstacleToLanes(int lanes) {
        return Optional.empty();
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        if (!(emission instanceof Received record)) {
            return;
        }
        Reached others = reached;
        if (others == null) {
            record.share().settled(record);
        } else {
            others.settled(record);
        }
    }

    @Override
    public void readFrom(StoredPositions from) {
        stored = from;
    }

    @Override
    public Mono<List<Position>> positions() {
        return Mono.just(reached == null ? List.of() : reached.take());
    }

    @Override
    public void committed(List<Position> positions) {
        positions.forEach(position -> ((KafkaPosition) position).committed());
    }

    /** What is read must be read once: what others have given up is not. */
    @Override
    public Optional<String> obstacle() {
        String isolation = config().get("isolation_level", "read_committed");
        return isolation.equals("read_committed")
                ? Optional.empty()
                : Optional.of(id() + " reads with isolation_level = " + isolation
                        + ", also what was never committed; leave it out");
    }

    /** The connection that it reads by, as far as it is known before the start. */
    Optional<KafkaConnection> plannedConnection() {
        return connection.planned();
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.defer(() -> {
            listening.dispose();
            ConsumerLoop last = loop;
            loop = null;
            reached = null;
            if (meters != null) {
                meters.close();
                meters = null;
            }
            return last == null ? Mono.empty() : last.close();
        });
    }
}
