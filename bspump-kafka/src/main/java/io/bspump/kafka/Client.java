package io.bspump.kafka;

import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

/** The three clients of kafka-clients, and the options that each has. */
@SuppressWarnings("ImmutableEnumChecker") // nothing changes them after the constructor
enum Client {
    ADMIN(AdminClientConfig.configDef()),
    CONSUMER(ConsumerConfig.configDef()),
    PRODUCER(ProducerConfig.configDef());

    private final ConfigDef definition;
    private final Set<String> names;

    Client(ConfigDef definition) {
        this.definition = definition;
        this.names = new TreeSet<>(definition.names());
        names.removeIf(name -> Reserved.NAMES.contains(name) || key(name).internalConfig);
    }

    /** The names of its options, with dots, in alphabetical order. */
    Set<String> names() {
        return names;
    }

    /** Those of them that say nothing about where the brokers are and who is let in, so that a component may set them. */
    Set<String> componentNames() {
        Set<String> own = new TreeSet<>(names);
        own.removeIf(Client::isOfLink);
        return own;
    }

    private static boolean isOfLink(String name) {
        return name.startsWith("bootstrap.")
                || name.startsWith("sasl.")
                || name.startsWith("security.")
                || name.startsWith("ssl.");
    }

    ConfigDef.ConfigKey key(String name) {
        return Objects.requireNonNull(definition.configKeys().get(name), name);
    }

    /** What is decided here and cannot be configured, or has another name. */
    private static final class Reserved {

        private static final Set<String> NAMES = Set.of(
                "allow.auto.create.topics",
                "auto.commit.interval.ms",
                "auto.offset.reset",
                "bootstrap.controllers",
                "config.providers",
                "enable.auto.commit",
                "enable.idempotence",
                "key.deserializer",
                "key.serializer",
                "share.acknowledgement.mode",
                "share.acquire.mode",
                "transaction.two.phase.commit.enable",
                "transactional.id",
                "value.deserializer",
                "value.serializer");
    }
}
