package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttTopic;
import com.hivemq.client.mqtt.exceptions.ConnectionClosedException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import io.bspump.Application;
import io.bspump.config.Config;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * The far end of a connection, over all links to it: which server is dialled next, which link is up, and who publishes and
 * listens over it. Safe for use by many threads; there is one dial at a time.
 */
final class Broker {

    /** Links of 3.1.1 that were closed soon and without a word, one after the other, before a take-over is supposed. */
    private static final int SUSPICIOUS = 3;

    private final Config config;
    private final List<Server> servers;
    private final String clientId;
    private final Dialer dialer;
    private final Subscriptions subscriptions;
    private final Filter nobody;
    private final Duration soon;

    private volatile @Nullable Link dialled;
    private final AtomicInteger turn = new AtomicInteger(); // of the servers
    private volatile int closedSoon; // written by one link at a time

    // Guarded by this.
    private final List<Consumer<@Nullable Link>> users = new ArrayList<>();
    private @Nullable Link up;

    Broker(Application app, Config config, String connection) {
        this.config = config;
        servers = Server.of(config);
        clientId = config.get("client_id", name(app) + "-" + connection);
        dialer = new Dialer(config, clientId);
        subscriptions = new Subscriptions(connection);
        nobody = Filter.of("bspump/ping/" + clientId.replaceAll("[+#/]", "_"));
        soon = config.getDuration("reconnect_max_delay");
        if (config.contains("will_topic")) {
            topic("will_topic");
        }
    }

    private static String name(Application app) {
        String name = app.getClass().getSimpleName();
        return name.isEmpty() ? "bspump" : name;
    }

    private void topic(String key) {
        try {
            MqttTopic.of(config.get(key));
        } catch (IllegalArgumentException e) {
            throw config.invalid(key, "must be a topic without wildcards");
        }
    }

    List<Server> servers() {
        return servers;
    }

    String identity() {
        return "MQTT client '" + clientId + "' of "
                + servers.stream().map(Server::toString).sorted().collect(Collectors.joining(", "));
    }

    /** Whether what was not finished over one link goes on over the next, even if the process was killed in between. */
    boolean keepsSession() {
        return !config.getBoolean(Dialer.CLEAN_START);
    }

    Subscriptions subscriptions() {
        return subscriptions;
    }

    /** Makes one link. Looks hosts up and reads files when it is called. */
    Mono<Void> connect(Consumer<Throwable> lost) {
        return Mono.defer(() -> {
            Server server = servers.get(Math.floorMod(turn.get(), servers.size()));
            Dial dial = new Dial(lost);
            try {
                dial.link = dialer.link(server, dial::ended);
            } catch (IOException e) {
                turn.incrementAndGet();
                return Mono.error(new IOException("the host '" + server.host() + "' is not known", e));
            }
            dialled = dial.link;
            return dial.open().doOnError(e -> turn.incrementAndGet()).doOnCancel(turn::incrementAndGet);
        });
    }

    Mono<Void> disconnect() {
        Link last = dialled;
        dialled = null;
        if (last == null) {
            return Mono.empty();
        }
        return last.close(nobody).doFinally(end -> down(last));
    }

    Mono<Void> ping() {
        Link present = dialled;
        return present == null
                ? Mono.error(new ConnectionClosedException("there is no link"))
                : present.unsubscribe(nobody);
    }

    /** Tells now and whenever it changes which link is up, null if none is. In order, on the threads of links. */
    synchronized Disposable onLink(Consumer<@Nullable Link> user) {
        users.add(user);
        user.accept(up);
        return () -> forget(user);
    }

    private synchronized void forget(Consumer<@Nullable Link> user) {
        users.remove(user);
    }

    private synchronized void up(Link link) {
        up = link;
        users.forEach(user -> user.accept(link));
    }

    private synchronized void down(Link link) {
        if (up == link) {
            up = null;
            users.forEach(user -> user.accept(null));
        }
    }

    /** One dial and the link that it leads to. */
    private final class Dial {

        private final Consumer<Throwable> lost;
        private @Nullable Link link;
        private long upNanos; // on the event loop
        private boolean isUp;

        Dial(Consumer<Throwable> lost) {
            this.lost = lost;
        }

        Mono<Void> open() {
            Link mine = link;
            return mine == null ? Mono.empty() : mine.open(subscriptions::received, kept -> accepted(mine, kept));
        }

        private void accepted(Link mine, boolean sessionKept) {
            isUp = true;
            upNanos = System.nanoTime();
            subscriptions.up(mine, sessionKept);
            up(mine);
        }

        void ended(Throwable cause) {
            Link mine = link;
            if (mine == null || !isUp) {
                return; // the dial fails by itself
            }
            mine.abandon();
            down(mine);
            lost.accept(explained(cause, System.nanoTime() - upNanos));
        }

        private Throwable explained(Throwable cause, long heldNanos) {
            if (cause instanceof Mqtt5DisconnectException disconnected
                    && disconnected.getMqttMessage().getReasonCode() == Mqtt5DisconnectReasonCode.SESSION_TAKEN_OVER) {
                return new TakenOverException(
                        "another client with the client id '" + clientId + "' has taken over (0x8E);"
                                + " each needs a client_id of its own",
                        cause);
            }
            boolean silently = cause instanceof ConnectionClosedException && cause.getCause() == null;
            boolean suspicious = !dialer.isVersion5() && silently && heldNanos < soon.toNanos();
            closedSoon = suspicious ? closedSoon + 1 : 0;
            if (closedSoon < SUSPICIOUS) {
                return cause;
            }
            return new TakenOverException(
                    "the broker has closed " + closedSoon + " links soon and without a word, as it does when another"
                            + " client with the client id '" + clientId
                            + "' takes over; each needs a client_id of its own",
                    cause);
        }
    }
}
