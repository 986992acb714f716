package io.bspump.kafka;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.bspump.Application;
import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Makes topics that are not there before sources and sinks use them: with each link of its connection, before that counts as
 * connected. Make it after the connection, before the application runs:
 *
 * <pre>{@code
 * new KafkaTopicInitializer(app, "KafkaConnection").includeTopic("orders", 12);
 * }</pre>
 *
 * <p>Topics come from code, from {@code topics} of its section {@code [KafkaTopicInitializer]}, and from {@code topics_file},
 * a list of objects in JSON or YAML with {@code topic} (or {@code name}), {@code num_partitions}, {@code replication_factor}
 * and {@code config} (or {@code topic_configs}). A topic that is there is never changed; if it has fewer partitions or
 * replicas than asked for, or other settings, the log tells. When a topic cannot be made, the connection says so and tries again by its policy.
 */
public final class KafkaTopicInitializer {

    public static final Options OPTIONS = Options.of(
            Option.list("topics").defaultTo("").doc("Topics to make with the defaults below."),
            Option.string("topics_file").doc("A JSON or YAML file with topics."),
            Option.integer("num_partitions_default")
                    .atLeast(1)
                    .defaultTo(1)
                    .doc("How many partitions a topic gets for which nothing is said."),
            Option.integer("replication_factor_default")
                    .between(1, Short.MAX_VALUE)
                    .defaultTo(1)
                    .doc("How many copies a topic gets for which nothing is said."),
            Option.string("client_id").deprecated(IdleOptions.NO_EFFECT).doc("Nothing."));

    private static final Logger LOG = LoggerFactory.getLogger(KafkaTopicInitializer.class);
    private static final Set<String> KNOWN =
            Set.of("topic", "name", "num_partitions", "replication_factor", "config", "topic_configs");

    private final Config config;
    private final Map<String, NewTopic> topics = new LinkedHashMap<>();

    /**
     * Makes one whose section is {@code [KafkaTopicInitializer]}.
     *
     * @throws IllegalArgumentException if there is no such connection
     * @throws ConfigException if the file cannot be used
     */
    public KafkaTopicInitializer(Application app, String connection) {
        this(app, connection, "KafkaTopicInitializer", Map.of());
    }

    /**
     * Makes one in full.
     *
     * @param id the name of its section
     * @param config values that go above the class's defaults and below the file
     */
    public KafkaTopicInitializer(Application app, String connection, String id, Map<String, ?> config) {
        this.config = app.configuration().component(id, getClass(), config);
        this.config.getList("topics").forEach(topic -> includeTopic(topic, partitionsDefault()));
        if (this.config.contains("topics_file")) {
            includeFile(Path.of(this.config.get("topics_file")));
        }
        if (!(app.pumpService().locateConnection(connection) instanceof KafkaConnection kafka)) {
            throw new IllegalArgumentException("[connection:" + connection + "] is not a KafkaConnection");
        }
        kafka.prepare(this::initialize);
    }

    private int partitionsDefault() {
        return config.getInt("num_partitions_default");
    }

    private short replicasDefault() {
        return (short) config.getInt("replication_factor_default");
    }

    /** Adds a topic with so many partitions. */
    public KafkaTopicInitializer includeTopic(String name, int partitions) {
        return includeTopic(name, partitions, replicasDefault(), Map.of());
    }

    /**
     * Adds a topic; the last one with a name counts.
     *
     * @param configs of the topic, such as {@code cleanup.policy}
     */
    public KafkaTopicInitializer includeTopic(String name, int partitions, int replicas, Map<String, String> configs) {
        if (!Topics.isName(name)) {
            throw new IllegalArgumentException("'" + name + "' is no name of a topic");
        }
        synchronized (topics) {
            topics.put(name, new NewTopic(name, partitions, (short) replicas).configs(configs));
        }
        return this;
    }

    private void includeFile(Path file) {
        try {
            ObjectMapper mapper = file.toString().endsWith(".json") ? new ObjectMapper() : new YAMLMapper();
            JsonNode list = mapper.readTree(Files.readString(file));
            if (list == null || !list.isArray()) {
                throw config.invalid("topics_file", "must hold a list of topics");
            }
            list.forEach(this::includeNode);
        } catch (JsonProcessingException e) {
            throw config.invalid("topics_file", "must be JSON or YAML (" + e.getOriginalMessage() + ")");
        } catch (IOException e) {
            throw config.invalid("topics_file", "must be a file that can be read");
        }
    }

    private void includeNode(JsonNode node) {
        List<String> unknown = new ArrayList<>();
        node.fieldNames().forEachRemaining(name -> {
            if (!KNOWN.contains(name)) {
                unknown.add(name);
            }
        });
        String name = node.path("topic").asText(node.path("name").asText());
        if (!unknown.isEmpty() || !Topics.isName(name)) {
            throw config.invalid(
                    "topics_file",
                    "must hold topics with a name and keys that are known, '" + name + "' has "
                            + (unknown.isEmpty() ? "no name" : String.join(", ", unknown)));
        }
        Map<String, String> configs = new HashMap<>();
        JsonNode given = node.has("config") ? node.path("config") : node.path("topic_configs");
        given.properties()
                .forEach(entry -> configs.put(entry.getKey(), entry.getValue().asText()));
        includeTopic(
                name,
                node.path("num_partitions").asInt(partitionsDefault()),
                node.path("replication_factor").asInt(replicasDefault()),
                configs);
    }

    private Mono<Void> initialize(Admin admin) {
        Map<String, NewTopic> wanted;
        synchronized (topics) {
            wanted = Map.copyOf(topics);
        }
        return Mono.fromCompletionStage(() -> admin.listTopics().names().toCompletionStage())
                .flatMap(there -> {
                    List<NewTopic> missing = wanted.values().stream()
                            .filter(topic -> !there.contains(topic.name()))
                            .toList();
                    List<String> existing =
                            wanted.keySet().stream().filter(there::contains).toList();
                    return create(admin, missing).then(new TopicCheck(admin, wanted).of(existing));
                });
    }

    private static Mono<Void> create(Admin admin, List<NewTopic> missing) {
        if (missing.isEmpty()) {
            return Mono.empty();
        }
        return Mono.fromSupplier(() -> admin.createTopics(missing)).flatMap(made -> Flux.fromIterable(missing)
                .concatMap(topic -> Mono.fromCompletionStage(() ->
                                requireNonNull(made.values().get(topic.name())).toCompletionStage())
                        .doOnSuccess(done -> LOG.info("Topic made, topic={}", topic.name()))
                        .then(Mono.defer(() -> awaitLeaders(admin, topic)))
                        .onErrorComplete(TopicExistsException.class)) // another pump was faster
                .then());
    }

    /**
     * Waits until each partition answers. A leader that does not know yet that it leads refuses a producer's first batch and may
     * take the second: then the order is lost, and the first is refused until its time is up.
     */
    private static Mono<Void> awaitLeaders(Admin admin, NewTopic topic) {
        Map<TopicPartition, OffsetSpec> partitions = IntStream.range(0, topic.numPartitions())
                .boxed()
                .collect(Collectors.toMap(id -> new TopicPartition(topic.name(), id), id -> OffsetSpec.latest()));
        return Mono.fromCompletionStage(
                        () -> admin.listOffsets(partitions).all().toCompletionStage())
                .then();
    }
}
