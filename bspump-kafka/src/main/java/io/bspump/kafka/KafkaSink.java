package io.bspump.kafka;

import io.bspump.Application;
import io.bspump.ConnectionReference;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 */
public final class KafkaSink extends Sink<Object> {

    private static final Set<Client> CLIENT = Set.of(Client.PRODUCER);

    public static final Options OPTIONS = Options.of(options());

    private final ConnectionReference<KafkaConnection> connection;
    private final ClientSettings settings;
    private final Records records;

    // Confined to the lane.
    private Disposable watching = Disposables.disposed();
    private @Nullable ProducerLoop loop;

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
        options.addAll(ClientOptions.of(CLIENT, Client.PRODUCER.componentNames(), options));
        options.addAll(ClientOptions.ofOthers(Client.PRODUCER));
        options.addAll(IdleOptions.except(Set.of()));
        return options.toArray(new Option[0]);
    }

    /** A start of the pipeline that failed may have started it before. */
    @Override
    protected Mono<Void> start() {
        return stop().then(Mono.fromRunnable(() -> {
            ProducerLoop fresh = new ProducerLoop(address(), this::properties);
            loop = fresh;
            fresh.start();
            watching = Disposables.composite(
                    connection.connections().subscribe(fresh::use),
                    connection.statusChanges().subscribe(status -> fresh.wake()));
        }));
    }

    private Map<String, Object> properties(KafkaConnection over) {
        Map<String, Object> properties = over.properties(Client.PRODUCER, this, settings);
        properties.put("enable.idempotence", "true");
        properties.putIfAbsent("acks", "all");
        // What has been taken waits for as long as it takes, in its order.
        properties.putIfAbsent("delivery.timeout.ms", Integer.toString(Integer.MAX_VALUE));
        properties.putIfAbsent("max.block.ms", "10000");
        return properties;
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
    protected Mono<Void> stop() {
        return Mono.defer(() -> {
            watching.dispose();
            ProducerLoop last = loop;
            loop = null;
            return last == null ? Mono.empty() : last.close();
        });
    }
}
