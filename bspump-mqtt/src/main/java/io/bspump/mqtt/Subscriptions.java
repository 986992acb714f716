package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.datatypes.MqttTopic;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * What the sources of a connection have subscribed to, over all its links, and who gets which message.
 *
 * <p>A filter is subscribed once, with the highest QoS that anybody wants, and not at all when another one covers it: a broker
 * may send a message once for each subscription that it matches. A filter that nobody wants any more is given up after a
 * while, since a pipeline that is made anew wants it again; not at all when the application stops, since the session is to
 * go on collecting.
 *
 * <p>Messages of QoS 1 and 2 that nobody wants yet are kept without an acknowledgement: a session that is resumed sends them
 * before the pipelines have started. Safe for use by many threads.
 */
final class Subscriptions {

    /** How long a filter that nobody wants stays subscribed. */
    static final Duration LINGER = Duration.ofSeconds(30);

    /** How long a message that somebody has claimed is kept for others: pipelines do not all start at the same time. */
    static final Duration CLAIM = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(MQTTConnection.class);
    private static final int MOST_ROUTES = 10_000;

    private final String connection;
    private final Disposable.Swap givingUp = Disposables.swap();
    private final Disposable.Swap watch = Disposables.swap();
    private final Disposable.Swap claims = Disposables.swap();

    // Guarded by this.
    private final Set<Receiver> receivers = new LinkedHashSet<>();
    private final Map<Filter, MqttQos> subscribed =
            new HashMap<>(); // what was asked for over the present link, or before
    private final Map<Filter, MqttQos> granted =
            new HashMap<>(); // what the broker has said yes to in the present session
    private final Deque<Unclaimed> unclaimed = new ArrayDeque<>();
    private @Nullable Link link;
    private boolean closing;

    /** Who gets the messages of a topic; forgotten when the receivers change. */
    private volatile Map<String, Receiver[]> routes = new ConcurrentHashMap<>();

    Subscriptions(String connection) {
        this.connection = connection;
    }

    // Links

    /** Goes on over a new link; before anything comes over it. */
    void up(Link fresh, boolean sessionPresent) {
        boolean kept;
        boolean unwanted;
        synchronized (this) {
            if (link != null && sessionPresent) {
                link.succeed();
            }
            link = fresh;
            if (sessionPresent) {
                unclaimed.clear();
            } else {
                granted.clear();
            }
            // What was asked for without an answer may not have arrived.
            subscribed.clear();
            subscribed.putAll(granted);
            kept = !unclaimed.isEmpty();
            unwanted = !surplus().isEmpty();
        }
        if (kept) {
            later(LINGER, watch, this::tellUnclaimed);
        }
        if (unwanted) {
            later(LINGER, givingUp, this::giveUp);
        }
        subscribe();
    }

    /** Keeps what is subscribed from now on. */
    synchronized void stopping() {
        closing = true;
    }

    // Receivers

    void add(Receiver receiver) {
        boolean claimed = false;
        synchronized (this) {
            for (Unclaimed each : unclaimed) {
                // Before anything new comes to it. It has not been asked for any yet, so it only stores them.
                if (matches(receiver, MqttTopic.of(each.delivery.topic()))) {
                    each.delivery.hold(1);
                    receiver.receive(each.delivery);
                    each.claimed = true;
                    claimed = true;
                }
            }
            receivers.add(receiver);
            routes = new ConcurrentHashMap<>();
        }
        if (claimed) {
            later(CLAIM, claims, this::letGoOfClaimed);
        }
        subscribe();
    }

    /** Sends nothing more to a receiver, which is still to be done with what it has got. */
    void leave(Inbox receiver) {
        remove(receiver, List.of());
    }

    /** Takes a receiver out, and keeps what it was not done with for the one that comes in its place. */
    void remove(Inbox receiver) {
        remove(receiver, receiver.close());
    }

    private void remove(Inbox receiver, List<Delivery> unsettled) {
        boolean unwanted;
        boolean kept;
        synchronized (this) {
            receivers.remove(receiver);
            routes = new ConcurrentHashMap<>();
            unsettled.forEach(delivery -> unclaimed.add(new Unclaimed(delivery)));
            kept = !unclaimed.isEmpty();
            unwanted = !closing && !surplus().isEmpty();
        }
        if (kept) {
            later(LINGER, watch, this::tellUnclaimed);
        }
        if (unwanted) {
            later(LINGER, givingUp, this::giveUp);
        }
    }

    private synchronized void letGoOfClaimed() {
        for (Iterator<Unclaimed> each = unclaimed.iterator(); each.hasNext(); ) {
            Unclaimed next = each.next();
            if (next.claimed) {
                each.remove();
                next.delivery.done();
            }
        }
    }

    // Messages

    void received(Delivery delivery) {
        Receiver[] to = route(delivery.topic());
        delivery.hold(Math.max(1, to.length));
        if (to.length == 0) {
            keep(delivery);
        }
        for (Receiver each : to) {
            if (!each.receive(delivery)) {
                keep(delivery);
            }
        }
    }

    private Receiver[] route(String topic) {
        Map<String, Receiver[]> present = routes;
        Receiver[] known = present.get(topic);
        if (known != null) {
            return known;
        }
        if (present.size() >= MOST_ROUTES) {
            present.clear();
        }
        Receiver[] found = find(topic);
        present.put(topic, found);
        return found;
    }

    private synchronized Receiver[] find(String topic) {
        MqttTopic parsed = MqttTopic.of(topic);
        return receivers.stream().filter(receiver -> matches(receiver, parsed)).toArray(Receiver[]::new);
    }

    private static boolean matches(Receiver receiver, MqttTopic topic) {
        return receiver.filters().stream().anyMatch(filter -> filter.matches(topic));
    }

    /** Keeps a message, which is held once, for a receiver that is to come. */
    private void keep(Delivery delivery) {
        if (!delivery.isAcknowledged()) {
            LOG.debug("A message that nobody wants, connection={} topic={}", connection, delivery.topic());
            return;
        }
        boolean first;
        synchronized (this) {
            Receiver[] meanwhile = find(delivery.topic());
            if (meanwhile.length > 0 && meanwhile[0].receive(delivery)) {
                return;
            }
            first = unclaimed.isEmpty();
            unclaimed.add(new Unclaimed(delivery));
        }
        if (first) {
            later(LINGER, watch, this::tellUnclaimed);
        }
    }

    private void tellUnclaimed() {
        int count;
        String topic;
        synchronized (this) {
            Unclaimed first = unclaimed.peek();
            if (first == null || link == null || link.isEnded()) {
                return;
            }
            count = unclaimed.size();
            topic = first.delivery.topic();
        }
        LOG.warn(
                "Messages wait for a source that subscribes to their topics, and hold up the acknowledgement of others;"
                        + " the broker's session still has a subscription to them,"
                        + " connection={} messages={} topic={}",
                connection,
                count,
                topic);
        later(LINGER, watch, this::tellUnclaimed);
    }

    private static void later(Duration delay, Disposable.Swap slot, Runnable task) {
        slot.update(Mono.delay(delay).subscribe(tick -> task.run()));
    }

    // Subscribing

    /** What has to be subscribed: each filter that no other one covers, with the highest QoS wanted. */
    private Map<Filter, MqttQos> wanted() {
        Map<Filter, MqttQos> all = new LinkedHashMap<>();
        for (Receiver receiver : receivers) {
            receiver.filters().forEach(filter -> all.merge(filter, receiver.qos(), Subscriptions::higher));
        }
        Map<Filter, MqttQos> wanted = new LinkedHashMap<>();
        all.forEach((filter, qos) -> wanted.merge(covering(filter, all.keySet()), qos, Subscriptions::higher));
        return wanted;
    }

    private static Filter covering(Filter filter, Set<Filter> all) {
        Filter widest = filter;
        for (Filter other : all) {
            if (!other.equals(widest) && other.covers(widest)) {
                widest = other;
            }
        }
        return widest;
    }

    private static MqttQos higher(MqttQos one, MqttQos other) {
        return one.getCode() >= other.getCode() ? one : other;
    }

    private Set<Filter> surplus() {
        Set<Filter> surplus = new LinkedHashSet<>(subscribed.keySet());
        surplus.removeAll(wanted().keySet());
        return surplus;
    }

    private void subscribe() {
        Map<Filter, MqttQos> missing = new LinkedHashMap<>();
        Link over;
        synchronized (this) {
            over = link;
            if (over == null || over.isEnded()) {
                return;
            }
            wanted().forEach((filter, qos) -> {
                if (qos != subscribed.put(filter, qos)) {
                    missing.put(filter, qos);
                }
            });
        }
        missing.forEach((filter, qos) -> over.subscribe(filter, qos)
                .subscribe(granted -> granted(over, filter, qos, granted), e -> failed(over, filter, qos, e)));
    }

    private void granted(Link over, Filter filter, MqttQos asked, MqttQos granted) {
        if (granted.getCode() < asked.getCode()) {
            LOG.warn(
                    "The broker grants less than was asked for, connection={} filter={} asked={} granted={}",
                    connection,
                    filter,
                    asked.getCode(),
                    granted.getCode());
        }
        Set<Filter> covered;
        synchronized (this) {
            if (link == over) {
                this.granted.put(filter, asked);
            }
            // What nobody wants is another matter: that may be wanted again.
            Set<Filter> wanted = wanted().keySet();
            covered = surplus();
            covered.removeIf(each -> wanted.stream().noneMatch(wider -> wider.covers(each)));
            subscribed.keySet().removeAll(covered);
        }
        unsubscribe(over, covered);
    }

    private void unsubscribe(Link over, Set<Filter> filters) {
        for (Filter filter : filters) {
            over.unsubscribe(filter)
                    .subscribe(nothing -> {}, e -> debug("unsubscribe", filter, e), () -> gone(over, filter));
        }
    }

    private synchronized void gone(Link over, Filter filter) {
        if (link == over) {
            granted.remove(filter);
        }
    }

    private void failed(Link over, Filter filter, MqttQos qos, Throwable error) {
        if (over.isEnded() || !(error instanceof RefusedException)) {
            debug("subscribe", filter, error);
            forget(over, filter, qos);
            return;
        }
        List<Receiver> concerned = new ArrayList<>();
        synchronized (this) {
            forget(over, filter, qos);
            for (Receiver receiver : receivers) {
                if (receiver.filters().stream().anyMatch(each -> each.equals(filter) || filter.covers(each))) {
                    concerned.add(receiver);
                }
            }
        }
        concerned.forEach(receiver -> receiver.refused(error));
    }

    private synchronized void forget(Link over, Filter filter, MqttQos qos) {
        if (link == over) {
            subscribed.remove(filter, qos);
        }
    }

    private void debug(String what, Filter filter, Throwable error) {
        LOG.debug("Could not {}, connection={} filter={} error={}", what, connection, filter, error.toString());
    }

    /** Unsubscribes what nobody has wanted for a while, and lets go of messages that came by it. */
    private void giveUp() {
        Set<Filter> surplus;
        List<Delivery> dropped = new ArrayList<>();
        Link over;
        synchronized (this) {
            over = link;
            surplus = surplus();
            if (closing || over == null || over.isEnded() || surplus.isEmpty()) {
                return;
            }
            subscribed.keySet().removeAll(surplus);
            unclaimed.removeIf(each -> {
                MqttTopic topic = MqttTopic.of(each.delivery.topic());
                return surplus.stream().anyMatch(filter -> filter.matches(topic)) && dropped.add(each.delivery);
            });
        }
        LOG.info(
                "Unsubscribed what no source wants any more, connection={} filters={} messages={}",
                connection,
                surplus,
                dropped.size());
        unsubscribe(over, surplus);
        dropped.forEach(Delivery::done);
    }

    /** A message that is kept for a receiver that is to come. */
    private static final class Unclaimed {

        private final Delivery delivery;
        /** Whether one has come; then it is kept a little longer for others that come with it. */
        private boolean claimed;

        Unclaimed(Delivery delivery) {
            this.delivery = delivery;
        }
    }
}
