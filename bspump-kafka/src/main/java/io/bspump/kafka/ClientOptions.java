package io.bspump.kafka;

import io.bspump.config.Option;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;

/**
 * The options of kafka-clients as options of sections: {@code linger_ms} for {@code linger.ms}, which is understood as well,
 * and so is what librdkafka calls it.
 */
final class ClientOptions {

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

    /** What librdkafka calls an option, by the name of the Java client. */
    static Map<String, List<String>> translations() {
        return new TreeMap<>(LIBRDKAFKA);
    }

    /** The options of the other clients: in a component's section they have no effect, but for a warning. */
    static List<Option> ofOthers(Client own) {
        Client other = own == Client.CONSUMER ? Client.PRODUCER : Client.CONSUMER;
        String advice = "only " + (other == Client.PRODUCER ? "producers have" : "consumers have") + " it";
        return other.componentNames().stream()
                .filter(name -> !own.names().contains(name))
                .map(name -> withAliases(Option.string(option(name)), name)
                        .deprecated(advice)
                        .doc("Nothing: " + advice + "."))
                .toList();
    }
}
