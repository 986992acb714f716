package io.bspump.kafka;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Compares topics that are there with what is asked for, and tells in the log what they lack. Immutable. */
final class TopicCheck {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaTopicInitializer.class);

    private final Admin admin;
    private final Map<String, NewTopic> wanted;

    TopicCheck(Admin admin, Map<String, NewTopic> wanted) {
        this.admin = admin;
        this.wanted = wanted;
    }

    /** Looks at these topics. */
    Mono<Void> of(Collection<String> names) {
        if (names.isEmpty()) {
            return Mono.empty();
        }
        List<ConfigResource> resources = names.stream()
                .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                .toList();
        return Mono.fromCompletionStage(
                        () -> admin.describeTopics(names).allTopicNames().toCompletionStage())
                .zipWith(Mono.fromCompletionStage(
                        () -> admin.describeConfigs(resources).all().toCompletionStage()))
                .doOnNext(found -> found.getT1()
                        .forEach((name, topic) -> tell(
                                topic,
                                requireNonNull(
                                        found.getT2().get(new ConfigResource(ConfigResource.Type.TOPIC, name))))))
                .then();
    }

    private void tell(TopicDescription topic, Config settings) {
        List<String> lacking = lacking(requireNonNull(wanted.get(topic.name())), topic, settings);
        if (!lacking.isEmpty()) {
            LOG.warn(
                    "A topic is not as it is asked for, and stays as it is, topic={} differences={}",
                    topic.name(),
                    lacking);
        }
    }

    /** What a topic lacks, in words. */
    static List<String> lacking(NewTopic wanted, TopicDescription there, Config settings) {
        List<String> lacking = new ArrayList<>();
        int partitions = there.partitions().size();
        if (partitions < wanted.numPartitions()) {
            lacking.add(partitions + " partitions instead of " + wanted.numPartitions());
        }
        int replicas = there.partitions().stream()
                .mapToInt(each -> each.replicas().size())
                .min()
                .orElse(0);
        if (replicas < wanted.replicationFactor()) {
            lacking.add(replicas + " replicas instead of " + wanted.replicationFactor());
        }
        wanted.configs().forEach((key, value) -> {
            ConfigEntry entry = settings.get(key);
            String present = entry == null ? "nothing" : String.valueOf(entry.value());
            if (!present.equals(value)) {
                lacking.add(key + " is " + present + " instead of " + value);
            }
        });
        return lacking;
    }
}
