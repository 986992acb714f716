package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.datatypes.MqttTopic;
import io.bspump.Application;
import io.bspump.ConnectionReference;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Publishes each event, {@code byte[]} as they are, text in UTF-8, numbers as text. Events of other types fail.
 *
 * <p>The topic is {@code topic} of the section, in which {@code {KEY}} stands for a value of the event's context, or without
 * it {@code mqtt_topic} of the context. The properties of MQTT 5 come from the keys that {@link MQTTSource} sets in the
 * context, otherwise from the section; MQTT 3.1.1 has no place for them.
 *
 * <p>An event is confirmed when the broker has confirmed the message, with QoS 0 when it is written. Up to {@code concurrency}
 * are on their way at a time, fewer if the broker's receive maximum says so. What a link has not confirmed when it goes down
 * is published again over the next one, in the same order: delivery is at least once. A message that the broker refuses, or
 * that is larger than it takes, is an error of its event.
 */
public final class MQTTSink extends Sink<Object> {

    public static final Options OPTIONS = Options.of(
            ConnectionReference.CONNECTION,
            ConnectionReference.SHARING_KEY,
            Option.string("topic")
                    .doc("Where to publish; `{KEY}` stands for a value of the context. Without it the context's"
                            + " `mqtt_topic`."),
            Option.integer("qos").between(0, 2).defaultTo(1).doc("The QoS; 2 needs a connection with `clean_start`."),
            Option.bool("retain").defaultTo(false).doc("Whether the broker keeps the last message for those who come."),
            Option.string("content_type").doc("What the payload is, as a MIME type."),
            Option.string("response_topic").doc("Where an answer is expected."),
            Option.duration("message_expiry").doc("How long the broker may keep the message for those who are away."),
            Option.list("user_properties").doc("Properties of your own, each NAME=VALUE."),
            Option.integer("concurrency")
                    .between(1, 65_535)
                    .defaultTo(5000)
                    .doc("How many events may be unconfirmed at a time."));

    private final ConnectionReference<MQTTConnection> connection;
    private final @Nullable TopicTemplate topic;
    private final Topics topics = new Topics();
    private final MqttQos qos;
    private final boolean retain;
    private final @Nullable Properties properties;
    private final Outbox outbox = new Outbox();
    private Disposable publishing = Disposables.disposed(); // confined to the lane

    /** Creates a sink whose id is {@code MQTTSink} and that makes a connection of its own, unless its section names one. */
    public MQTTSink(Application app, Pipeline pipeline) {
        this(app, pipeline, null);
    }

    /** Creates a sink whose id is {@code MQTTSink}. */
    public MQTTSink(Application app, Pipeline pipeline, @Nullable String connection) {
        this(app, pipeline, connection, null, Map.of());
    }

    /**
     * Creates one in full.
     *
     * @param connection the id of the connection, unless the section names one; null for one of its own
     * @param id the id, or null for {@code MQTTSink}
     * @param config values that go above the class's defaults and below the file
     */
    public MQTTSink(
            Application app,
            Pipeline pipeline,
            @Nullable String connection,
            @Nullable String id,
            Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.connection = connection(MQTTConnection.class, connection, MQTTConnection::new);
        this.topic = TopicTemplate.of(config());
        this.qos = Filter.qos(config().getInt("qos"));
        this.retain = config().getBoolean("retain");
        this.properties = properties();
    }

    private @Nullable Properties properties() {
        try {
            return Properties.of(config());
        } catch (IllegalArgumentException e) {
            throw config().invalid(
                            "user_properties",
                            "and the other properties must be such as can be sent: " + e.getMessage());
        }
    }

    @Override
    protected Mono<Void> start() {
        return Mono.fromRunnable(() -> {
            check();
            publishing.dispose();
            publishing = connection
                    .connections()
                    .switchMap(present -> Flux.<Void>create(
                            sink -> sink.onDispose(present.broker().onLink(outbox::use))))
                    .subscribe();
        });
    }

    /**
     * QoS 2 needs both ends to remember what is on its way. A session outlives what this end remembers, and the broker would
     * take a new message for an old one that has the same number, and drop it.
     */
    private void check() {
        MQTTConnection present = connection.connection();
        if (qos == MqttQos.EXACTLY_ONCE && present.broker().keepsSession()) {
            throw config().invalid(
                            "qos",
                            "must be 0 or 1 over [connection:" + present.id()
                                    + "], or that must have clean_start = yes");
        }
    }

    @Override
    protected Mono<Void> process(Context context, Object event) {
        if (qos == MqttQos.EXACTLY_ONCE) {
            check(); // it may have been updated
        }
        return new Publication(outbox, topic(context), payload(event), qos, retain, Properties.of(context, properties));
    }

    private MqttTopic topic(Context context) {
        if (topic != null) {
            return topic.topic(context, topics);
        }
        Object named = context.get(MQTTSource.TOPIC);
        if (named == null) {
            throw new IllegalArgumentException(
                    "[" + config().name() + "] topic must be set, or " + MQTTSource.TOPIC + " in the event's context");
        }
        return topics.of(named.toString());
    }

    private static byte[] payload(Object event) {
        if (event instanceof byte[] bytes) {
            return bytes;
        }
        if (event instanceof CharSequence || event instanceof Number) {
            return event.toString().getBytes(StandardCharsets.UTF_8);
        }
        throw new IllegalArgumentException("events must be bytes, text or numbers to be published, was a "
                + event.getClass().getSimpleName());
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.fromRunnable(() -> {
            publishing.dispose();
            outbox.use(null);
        });
    }
}
