package io.bspump.kafka;

import io.bspump.config.Option;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;

/**
 * The options of kafka-clients as options of sections: {@code linger_ms} for {@code linger.ms}, which is understood as well,
 * and so is what librdkafka calls it.
 */
final class ClientOptions {

    static final String NO_EFFECT = "it has no effect";

    /** What librdkafka calls them. */
    private static final Map<String, List<String>> LIBRDKAFKA = Map.ofEntries(
            Map.entry("acks", List.of("request.required.acks")),
            Map.entry("bootstrap.servers", List.of("metadata.broker.list")),
            Map.entry("compression.type", List.of("compression.codec")),
            Map.entry("delivery.timeout.ms", List.of("message.timeout.ms")),
            Map.entry("fetch.max.wait.ms", List.of("fetch.wait.max.ms")),
            Map.entry(
                    "max.in.flight.requests.per.connection",
                    List.of("max.in.flight", "max.in.flight.requests.per.broker")),
            Map.entry("linger.ms", List.of("queue.buffering.max.ms")),
            Map.entry("max.partition.fetch.bytes", List.of("fetch.message.max.bytes")),
            Map.entry("max.request.size", List.of("message.max.bytes")),
            Map.entry("metadata.max.age.ms", List.of("topic.metadata.refresh.interval.ms")),
            Map.entry("receive.buffer.bytes", List.of("socket.receive.buffer.bytes")),
            Map.entry("request.timeout.ms", List.of("socket.timeout.ms")),
            Map.entry("retries", List.of("message.send.max.retries")),
            Map.entry(
                    "sasl.oauthbearer.client.credentials.client.id",
                    List.of("sasl.oauthbearer.client.id", "sasl.oauthbearer.client.credentials.id")),
            Map.entry(
                    "sasl.oauthbearer.client.credentials.client.secret",
                    List.of("sasl.oauthbearer.client.secret", "sasl.oauthbearer.client.credentials.secret")),
            Map.entry("sasl.mechanism", List.of("sasl.mechanisms")),
            Map.entry("send.buffer.bytes", List.of("socket.send.buffer.bytes")));

    /** Options of librdkafka and of the Python framework that have nothing to act on here. */
    private static final Map<String, String> IDLE = Map.ofEntries(
            Map.entry("api.version.request", NO_EFFECT),
            Map.entry("auto.commit.interval.ms", "use 'commit_interval' of the source"),
            Map.entry("batch.num.messages", "use 'batch_size', which is in bytes"),
            Map.entry("broker.address.family", NO_EFFECT),
            Map.entry("broker.version.fallback", NO_EFFECT),
            Map.entry("debug", "use [logging] levels"),
            Map.entry("enable.auto.commit", "offsets are committed when events have settled"),
            Map.entry("enable.auto.offset.store", "offsets are committed when events have settled"),
            Map.entry("enable.idempotence", "the producer is always idempotent"),
            Map.entry("enable.partition.eof", NO_EFFECT),
            Map.entry("log.connection.close", NO_EFFECT),
            Map.entry("oauth_cb", "use 'sasl_login_callback_handler_class'"),
            Map.entry("poll.timeout", NO_EFFECT),
            Map.entry("queue.buffering.max.kbytes", "use 'buffer_memory'"),
            Map.entry("queue.buffering.max.messages", "use 'concurrency' of the sink"),
            Map.entry("queued.max.messages.kbytes", "use 'fetch_max_bytes'"),
            Map.entry("queued.min.messages", "use 'max_in_flight' of the pipeline"),
            Map.entry("socket.keepalive.enable", NO_EFFECT),
            Map.entry("statistics.interval.ms", "see the meters"),
            Map.entry("watermark.high", "use 'concurrency' of the sink"),
            Map.entry("watermark.low", "use 'concurrency' of the sink"));

    private ClientOptions() {}

    /** The name with underscores, which is that of the option. */
    static String option(String name) {
        return name.replace('.', '_');
    }

    /** The options with these names of clients that have not been declared by hand. */
    static List<Option> of(Collection<Client> clients, Collection<String> names, Collection<Option> byHand) {
        Map<String, ConfigDef.ConfigKey> keys = new TreeMap<>();
        for (Client client : clients) {
            names.stream().filter(client.names()::contains).forEach(name -> keys.putIfAbsent(name, client.key(name)));
        }
        byHand.forEach(option -> keys.keySet().removeIf(name -> option(name).equals(option.name())));
        return keys.values().stream().map(ClientOptions::of).toList();
    }

    private static Option of(ConfigDef.ConfigKey key) {
        String name = option(key.name);
        Option option =
                switch (key.type) {
                    case BOOLEAN -> Option.bool(name);
                    case SHORT -> Option.integer(name).between(Short.MIN_VALUE, Short.MAX_VALUE);
                    case INT -> Option.integer(name);
                    case LONG -> Option.integer(name).atLeast(-1);
                    case DOUBLE -> Option.number(name);
                    case PASSWORD -> Option.secret(name);
                    case LIST -> Option.list(name);
                    default -> Option.string(name);
                };
        return withAliases(option, key.name).doc("Kafka's `" + key.name + "`.");
    }

    /** Adds the spelling with dots, and what librdkafka calls it. */
    static Option withAliases(Option option, String name) {
        Option with = name.indexOf('.') < 0 ? option : option.alias(name);
        for (String other : LIBRDKAFKA.getOrDefault(name, List.of())) {
            with = with.alias(other).alias(option(other));
        }
        return with;
    }

    /** What is understood and has no effect, but for a warning; not what is an option of the section itself. */
    static List<Option> idle(Set<String> taken) {
        Map<String, Option> idle = new LinkedHashMap<>();
        new TreeMap<>(IDLE).forEach((name, advice) -> {
            if (!taken.contains(option(name))) {
                Option option = Option.string(option(name)).deprecated(advice).doc("Nothing: " + advice + ".");
                idle.put(name, name.indexOf('.') < 0 ? option : option.alias(name));
            }
        });
        return new ArrayList<>(idle.values());
    }
}
