package io.bspump.kafka;

import io.bspump.Application;
import io.bspump.Batch;
import io.bspump.BatchLimits;
import io.bspump.ConnectionReference;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.Source;
import io.bspump.TransactionalSink;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * Sends each event as a record, {@code byte[]} as they are, text in UTF-8, numbers as text. Events of other types fail.
 *
 * <p>Topic, key and partition are those of the section, in which {@code {KEY}} stands for a value of the event's context, or
 * without them {@code kafka_topic}, {@code kafka_key} and {@code kafka_partition} of the context; {@code kafka_headers} and
 * {@code kafka_timestamp} come from there as well. So the key and the headers of {@link KafkaSource} are passed on.
 *
 * <p>An event is confirmed when the brokers have confirmed its record: the producer is idempotent and waits for all replicas
 * that are in sync. Order is kept. While brokers are away, records wait in the producer, and the sink takes no more than {@code
 * concurrency} events. A record that can never be sent, such as one that is too large, and one for a topic that does not
 * exist, is an error of its event alone.
 *
 * <p>With {@code delivery = exactly_once} it sends its records in transactions, each with the offsets of the records that they
 * were made of, which {@link KafkaSource} has read from the same cluster.
 */
public final class KafkaSink extends Sink<Object> implements TransactionalSink<Object> {

    private static final String ID = "transactional_id";

    /** Eight times the driver's: a request has one batch for each partition, and brokers take one request at a time. */
    private static final long BATCH_SIZE = 131_072;

    private static final Set<Client> CLIENT = Set.of(Client.PRODUCER);

    public static final Options OPTIONS = Options.of(options());

    private final ConnectionReference<KafkaConnection> connection;
    private final ClientSettings settings;
    private final Records records;

    // Confined to the lane.
    private Disposable watching = Disposables.disposed();
    private @Nullable ProducerLoop loop;
    private @Nullable TransactionLoop transactions;

    /** Creates a sink whose id is {@code KafkaSink} and that makes a connection of its own, unless its section names one. */
    public KafkaSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null);
    }

    /** Creates a sink whose id is {@code KafkaSink}. */
    public KafkaSink(Application app, Pipeline pipeline, @Nullable String connection) {
        this(app, pipeline, connection, null, Map.of());
    }

    /**
     * Creates one in full.
     *
     * @param connection the id of the connection, unless the section names one; null for one of its own
     * @param id the id, or null for {@code KafkaSink}
     * @param config values that go above the class's defaults and below the file
     */
    public KafkaSink(
            Application app,
            Pipeline pipeline,
            @Nullable String connection,
            @Nullable String id,
            Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.connection = connection(KafkaConnection.class, connection, KafkaConnection::new);
        this.settings = ClientSettings.of(config(), CLIENT, Client.PRODUCER.componentNames());
        this.records = new Records(config());
    }

    private static Option[] options() {
        List<Option> options = new ArrayList<>(List.of(
                ConnectionReference.CONNECTION,
                ConnectionReference.SHARING_KEY,
                Option.string("topic")
                        .doc("Where to send; `{KEY}` stands for a value of the context. Without it the context's"
                                + " `kafka_topic`."),
                Option.string("key")
                        .doc("The key, written like `topic`. Without it the context's `kafka_key`, if any."),
                Option.string("partition")
                        .doc("The partition, written like `topic`. Without it the context's `kafka_partition`,"
                                + " otherwise the producer chooses it by the key."),
                Option.list("headers")
                        .doc("Headers of your own, each NAME=VALUE, before the context's `kafka_headers`."),
                Option.choice("timestamp", "now", "source")
                        .defaultTo("now")
                        .doc("The record's time: when it is sent, or that of the record that was read. The context's"
                                + " `kafka_timestamp` goes before both."),
                Option.integer("concurrency")
                        .between(1, 1_000_000)
                        .defaultTo(10_000)
                        .doc("How many events may be unconfirmed at a time.")));
        options.addAll(transactions());
        options.addAll(ClientOptions.of(CLIENT, Client.PRODUCER.componentNames(), options));
        options.addAll(ClientOptions.ofOthers(Client.PRODUCER));
        options.addAll(IdleOptions.except(Set.of(ID)));
        return options.toArray(new Option[0]);
    }

    private static List<Option> transactions() {
        return List.of(
                Option.string(ID)
                        .alias("transactional.id")
                        .doc(
                                "With `delivery = exactly_once`: what the names of the producers begin with; each pump that"
                                        + " has a `var_dir` of its own needs another one. Without it they are made so that they are unique."),
                Option.integer("transaction_size")
                        .between(1, 10_000_000)
                        .defaultTo(20_000)
                        .doc("With `delivery = exactly_once`: events after which a transaction is committed."),
                Option.size("transaction_bytes")
                        .between(1, Integer.MAX_VALUE)
                        .defaultTo("10MB")
                        .doc("Bytes after which a transaction is committed."),
                Option.duration("transaction_interval")
                        .defaultTo("100ms")
                        .doc("How long the first event of a transaction waits for others at the most."));
    }

    /** A start of the pipeline that failed may have started it before. */
    @Override
    protected Mono<Void> start() {
        return stop().then(Mono.fromRunnable(pipeline().isExactlyOnce() ? this::startTransactions : this::startLoop));
    }

    private void startLoop() {
        ProducerLoop fresh = new ProducerLoop(address(), this::properties);
        loop = fresh;
        fresh.start();
        watch(fresh::use, fresh::wake);
    }

    private void startTransactions() {
        TransactionLoop fresh =
                new TransactionLoop(new TransactionLoop.Setup(address(), this::properties, this::claimId));
        transactions = fresh;
        fresh.start();
        watch(fresh::use, fresh::wake);
    }

    private void watch(Consumer<KafkaConnection> use, Runnable wake) {
        watching = Disposables.composite(
                connection.connections().subscribe(use),
                connection.statusChanges().subscribe(status -> wake.run()));
    }

    private TransactionalId claimId() throws IOException {
        String prefix = config().contains(ID) ? config().get(ID) : null;
        return TransactionalId.claim(app().varDir().resolve("transactions"), address(), prefix);
    }

    private Map<String, Object> properties(KafkaConnection over) {
        Map<String, Object> properties = over.properties(Client.PRODUCER, this, settings);
        properties.put("enable.idempotence", "true");
        properties.putIfAbsent("acks", "all");
        properties.computeIfAbsent("batch.size", key -> batchSize(properties.get("buffer.memory")));
        properties.putIfAbsent("max.block.ms", "10000");
        if (pipeline().isExactlyOnce()) {
            properties.putIfAbsent("transaction.timeout.ms", "30000");
        }
        return properties;
    }

    /** A batch must have room in the memory for all of them. */
    private static String batchSize(@Nullable Object memory) {
        return Long.toString(memory == null ? BATCH_SIZE : Math.min(BATCH_SIZE, Long.parseLong(memory.toString())));
    }

    @Override
    protected Mono<Void> process(Context context, Object event) {
        ProducerLoop present = loop;
        if (present == null) {
            return Mono.error(new IllegalStateException(address() + " is not started"));
        }
        return new Publication(present, records.of(context, event));
    }

    @Override
    public BatchLimits limits() {
        return new BatchLimits(
                config().getInt("transaction_size"),
                config().getSize("transaction_bytes"),
                config().getDuration("transaction_interval"));
    }

    @Override
    public Mono<Void> write(Batch<Object> batch) {
        TransactionLoop present = transactions;
        if (present == null) {
            return Mono.error(new IllegalStateException(address() + " is not started"));
        }
        return present.write(new KafkaTransaction(batch, records));
    }

    /** The offsets are where the source finds them by itself. */
    @Override
    public Mono<Map<String, String>> positions(Predicate<String> names) {
        return Mono.just(Map.of());
    }

    @Override
    public Optional<String> obstacle(List<Source<?>> sources) {
        for (Source<?> source : sources) {
            if (!(source instanceof KafkaSource other)) {
                return Optional.of(id() + " keeps offsets of KafkaSource only, and no positions of " + source.id());
            }
            Optional<KafkaConnection> from = other.plannedConnection();
            Optional<KafkaConnection> to = connection.planned();
            if (from.isPresent() && to.isPresent() && !from.get().sharesServersWith(to.get())) {
                return Optional.of(
                        source.id() + " reads by connection '" + from.get().id() + "' and " + id() + " sends by '"
                                + to.get().id() + "', which have no broker in common; a transaction is of one cluster");
            }
        }
        return Optional.empty();
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.defer(() -> {
            watching.dispose();
            ProducerLoop last = loop;
            loop = null;
            TransactionLoop lastTransactions = transactions;
            transactions = null;
            return Mono.when(
                    last == null ? Mono.empty() : last.close(),
                    lastTransactions == null ? Mono.empty() : lastTransactions.close());
        });
    }
}
