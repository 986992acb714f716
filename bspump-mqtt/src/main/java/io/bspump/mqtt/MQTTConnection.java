package io.bspump.mqtt;

import io.bspump.Application;
import io.bspump.Component;
import io.bspump.Connection;
import io.bspump.Endpoint;
import io.bspump.ErrorClass;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * A connection to an MQTT broker, or to the first of several that answers, in version 5 or 3.1.1 of the protocol.
 *
 * <p>With the defaults the broker keeps the session while the pump is away: subscriptions and messages of QoS 1 and 2 wait
 * for it under its client id. A client id is that of one client at a time: when another one takes it over, the status tells
 * so, and the next attempt waits for {@code auth_retry_delay}, so that two pumps do not push each other out in turn.
 *
 * <p>A ping takes a subscription back that does not exist, which a broker must answer; so a peer that has vanished is found
 * out within {@code ping_interval} and {@code ping_timeout}, and not only by the keep-alive of the protocol.
 */
public final class MQTTConnection extends Connection {

    public static final Options OPTIONS = Options.of(options());

    private final Broker broker;

    /** Makes a connection that is configured by {@code [connection:ID]} alone. */
    public MQTTConnection(Application app, String id) {
        this(app, id, Map.of());
    }

    /**
     * Makes a connection.
     *
     * @param config values that the file may override
     */
    public MQTTConnection(Application app, String id, Map<String, ?> config) {
        super(app, id, config);
        broker = new Broker(app, config(), id);
    }

    /** Makes a connection that belongs to one component, or to those that share it. */
    public MQTTConnection(Application app, Component owner) {
        super(app, owner);
        broker = new Broker(app, config(), id());
    }

    private static Option[] options() {
        List<Option> options = new ArrayList<>(List.of(
                Option.list("server")
                        .alias("broker")
                        .doc("Where the broker listens: `tcp://`, `ssl://` (or `mqtts://`), `ws://` or `wss://`,"
                                + " then `HOST:PORT`."),
                Option.list("servers").doc("Several of them; when one does not answer, the next is tried."),
                Option.string("host").defaultTo("localhost").doc("The broker's host, where no `server` is given."),
                Option.integer("port")
                        .between(1, 65_535)
                        .defaultTo(1883)
                        .doc("The broker's port, where no `server` is given."),
                Option.choice("protocol_version", "5", "3.1.1")
                        .alias("protocolversion")
                        .defaultTo("5")
                        .doc("The version of MQTT, `5` or `3.1.1`."),
                Option.string("client_id")
                        .alias("clientid")
                        .doc("Who this client is for the broker; without it the class of the application and the"
                                + " connection's id."),
                Option.string("user").alias("username").doc("The user's name."),
                Option.secret("password").doc("The password."),
                Option.duration("keep_alive")
                        .alias("keepalive")
                        .between(Duration.ZERO, Duration.ofSeconds(65_535))
                        .defaultTo("60s")
                        .doc("How long the line may be silent before the client speaks up; 0 for no limit."),
                Option.bool(Dialer.CLEAN_START)
                        .alias("clean_session")
                        .defaultTo(false)
                        .doc("Whether each link begins anew, without what came in the meantime."),
                Option.duration("session_expiry")
                        .defaultTo("1d")
                        .doc("How long the broker keeps the session after the link has gone; only for MQTT 5."),
                Option.integer("receive_maximum")
                        .between(1, 65_535)
                        .defaultTo(65_535)
                        .doc(
                                "How many messages of QoS 1 and 2 the broker may send before the first of them has settled;"
                                        + " only for MQTT 5."),
                Option.size("max_packet_size")
                        .between(128, 268_435_460)
                        .defaultTo(268_435_460)
                        .doc(
                                "The largest message, with its topic and properties, that is sent or, with MQTT 5, taken."),
                Option.string("will_topic").doc("Where the broker publishes the will when the link is lost."),
                Option.string("will_payload").defaultTo("").doc("What it publishes there."),
                Option.integer("will_qos").between(0, 2).defaultTo(1).doc("The QoS of the will."),
                Option.bool("will_retain").defaultTo(false).doc("Whether the broker retains the will.")));
        options.addAll(Tls.OPTIONS);
        return options.toArray(new Option[0]);
    }

    @Override
    protected Mono<Void> connect() {
        long generation = generation();
        return broker.connect(cause -> lost(generation, cause));
    }

    @Override
    protected Mono<Void> disconnect() {
        return broker.disconnect();
    }

    @Override
    protected Mono<Void> ping() {
        return broker.ping();
    }

    @Override
    protected ErrorClass classify(Throwable t) {
        return Refusals.classify(t);
    }

    @Override
    protected Optional<String> identity() {
        return Optional.of(broker.identity());
    }

    @Override
    protected List<Endpoint> endpoints() {
        return broker.servers().stream()
                .map(server -> new Endpoint(server.host(), server.port(), server.tls()))
                .toList();
    }

    /** What its sources and sinks use. */
    Broker broker() {
        return broker;
    }
}
