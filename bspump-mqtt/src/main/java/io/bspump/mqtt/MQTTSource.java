package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import io.bspump.Application;
import io.bspump.ConnectionReference;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Settlement;
import io.bspump.Source;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.micrometer.core.instrument.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Emits the payloads of the messages of some topics, as {@code byte[]}. The context has {@code mqtt_topic}, {@code mqtt_qos}
 * and {@code mqtt_retain}, and of the properties of MQTT 5 those that there are: {@code mqtt_content_type}, {@code
 * mqtt_response_topic}, {@code mqtt_correlation_data} ({@code byte[]}), {@code mqtt_message_expiry} (seconds) and {@code
 * mqtt_user_properties} (a map from names to lists of values).
 *
 * <p>With QoS 1 and 2 a message is acknowledged when its event has settled, in the order of arrival; until then the broker
 * keeps it, and sends it again after a reconnect or a restart. So delivery is at least once, with QoS 2 as well. The broker
 * sends no more than {@code receive_maximum} of the connection ahead. With QoS 0 nothing is acknowledged: what comes faster
 * than the pipeline can take it waits in a buffer, and is dropped, counted and logged when that is full.
 *
 * <p>Several sources may use one connection, each gets the messages of its own topics. Since MQTT demands acknowledgements
 * in order of arrival, a pipeline that stands still holds up those of the others: give it a connection of its own.
 */
public final class MQTTSource extends Source<byte[]> {

    public static final Options OPTIONS = Options.of(
            ConnectionReference.CONNECTION,
            ConnectionReference.SHARING_KEY,
            Option.list("topics")
                    .alias("topic")
                    .defaultTo("#")
                    .doc("Topic filters, with wildcards or shared (`$share/GROUP/FILTER`)."),
            Option.integer("qos").between(0, 2).defaultTo(1).doc("The highest QoS in which messages come."),
            Option.size("qos0_buffer")
                    .atLeast(1)
                    .defaultTo("64MB")
                    .doc("How much memory messages of QoS 0 may take that wait for the pipeline."));

    /** Where the context has the topic of the message. */
    static final String TOPIC = "mqtt_topic";

    static final String QOS = "mqtt_qos";
    static final String RETAIN = "mqtt_retain";

    private static final Logger LOG = LoggerFactory.getLogger(MQTTSource.class);

    private final ConnectionReference<MQTTConnection> connection;
    private final List<Filter> filters;
    private final MqttQos qos;
    private final long bufferBytes;
    private final Counter dropped;

    // Confined to the lane.
    private Disposable listening = Disposables.disposed();
    private @Nullable Inbox inbox;

    /** Creates a source whose id is {@code MQTTSource} and that makes a connection of its own, unless its section names one. */
    public MQTTSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null);
    }

    /** Creates a source whose id is {@code MQTTSource}. */
    public MQTTSource(Application app, Pipeline pipeline, @Nullable String connection) {
        this(app, pipeline, connection, null, Map.of());
    }

    /**
     * Creates one in full.
     *
     * @param connection the id of the connection, unless the section names one; null for one of its own
     * @param id the id, or null for {@code MQTTSource}
     * @param config values that go above the class's defaults and below the file
     */
    public MQTTSource(
            Application app,
            Pipeline pipeline,
            @Nullable String connection,
            @Nullable String id,
            Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.connection = connection(MQTTConnection.class, connection, MQTTConnection::new);
        this.filters = filters();
        this.qos = Filter.qos(config().getInt("qos"));
        this.bufferBytes = config().getSize("qos0_buffer");
        this.dropped = Counter.builder("bspump.mqtt.dropped")
                .description("Messages of QoS 0 that came faster than the pipeline could take them")
                .tags("pipeline", pipeline.id(), "source", id())
                .register(app.meterRegistry());
    }

    private List<Filter> filters() {
        List<Filter> all = new ArrayList<>();
        for (String text : config().getList("topics")) {
            try {
                all.add(Filter.of(text));
            } catch (IllegalArgumentException e) {
                throw config().invalid("topics", "must be topic filters, '" + text + "' is none: " + e.getMessage());
            }
        }
        if (all.isEmpty()) {
            throw config().invalid("topics", "must name a topic filter");
        }
        return all;
    }

    @Override
    protected Optional<String> obstacleToLanes(int lanes) {
        return Optional.of("would read everything " + lanes
                + " times: the lanes are one client for the broker; let several pumps share a subscription");
    }

    @Override
    protected Flux<Emission<byte[]>> events() {
        return Flux.<Emission<byte[]>>from(this::listen);
    }

    private void listen(Subscriber<? super Emission<byte[]>> subscriber) {
        leave();
        Inbox fresh = new Inbox(filters, qos, bufferBytes, new Drops(dropped, LOG, address()), subscriber);
        inbox = fresh;
        subscriber.onSubscribe(fresh);
        Place place = new Place(fresh);
        listening = Disposables.composite(
                place,
                app().pubSub().subscribe("Application.stop!", message -> place.stopping()),
                connection
                        .connections()
                        .subscribe(next -> place.move(next.broker().subscriptions())));
    }

    /** Lets the connection keep what has not settled, for whoever listens next. */
    private void leave() {
        listening.dispose();
        inbox = null;
    }

    /** Where the messages come from: the subscriptions of the present connection. Safe for use by many threads. */
    private static final class Place implements Disposable {

        private final Inbox inbox;
        private @Nullable Subscriptions present;
        private boolean left;

        Place(Inbox inbox) {
            this.inbox = inbox;
        }

        /** Subscribes at the new place first, so that no message falls between the two. */
        synchronized void move(Subscriptions next) {
            Subscriptions last = present;
            if (left || last == next) {
                return;
            }
            present = next;
            next.add(inbox);
            if (last != null) {
                last.leave(inbox);
            }
        }

        synchronized void stopping() {
            if (present != null) {
                present.stopping();
            }
        }

        @Override
        public synchronized void dispose() {
            if (!left && present != null) {
                present.remove(inbox);
            }
            left = true;
        }
    }

    @Override
    protected void settled(Emission<?> emission, Settlement how) {
        Inbox present = inbox;
        if (present != null && emission instanceof Received received) {
            present.settled(received.delivery());
        }
    }

    @Override
    protected Mono<Void> stop() {
        return Mono.fromRunnable(this::leave);
    }
}
