package io.bspump.kafka;

import io.bspump.config.Option;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Options of the Java client, of librdkafka and of the Python framework that have nothing to act on here. They are understood,
 * so that what has been written for those works, with a warning that says what to use.
 */
final class IdleOptions {

    static final String NO_EFFECT = "it has no effect";

    private static final String CHOSEN = "it is chosen here";
    private static final String SETTLED = "offsets are committed when events have settled";
    private static final String BYTES = "keys and values are bytes, processors make something of them";
    private static final String CONCURRENCY = "use 'concurrency' of the sink";
    private static final String FETCH = "use 'fetch_max_bytes'";
    private static final String KEYS = "keys are spread as murmur2 does it, unless 'partitioner_class' does";
    private static final String LOGGING = "use [logging] levels";
    private static final String MEMORY = "use 'buffer_memory'";
    private static final String METADATA = "use 'metadata_max_age_ms'";
    private static final String METERS = "see the meters";
    private static final String PEM = "use the options with '_location' or '_pem'";
    private static final String START = "use 'start' of the source";
    private static final String TOKENS =
            "use 'sasl_oauthbearer_token_endpoint_url' or 'sasl_login_callback_handler_class'";

    private static final Map<String, String> ADVICE = advice();

    private IdleOptions() {}

    private static Map<String, String> advice() {
        Map<String, String> all = new HashMap<>();
        all.put("allow.auto.create.topics", "use KafkaTopicInitializer");
        all.put("api.version.fallback.ms", NO_EFFECT);
        all.put("auto.commit.interval.ms", "use 'commit_interval' of the source");
        all.put("auto.offset.reset", START);
        all.put("batch.num.messages", "use 'batch_size', which is in bytes");
        all.put(
                "compression.level",
                "use 'compression_gzip_level', 'compression_lz4_level' or 'compression_zstd_level'");
        all.put("fetch.error.backoff.ms", "use 'retry_backoff_ms'");
        all.put("oauth_cb", "use 'sasl_login_callback_handler_class'");
        all.put("poll.timeout", NO_EFFECT);
        all.put("queued.min.messages", "use 'max_in_flight' of the pipeline");
        all.put("sasl.kerberos.keytab", "use the JAAS configuration of the JVM");
        all.put("sasl.kerberos.principal", "use the JAAS configuration of the JVM");
        all.put("sticky.partitioning.linger.ms", NO_EFFECT);
        put(all, BYTES, "key.deserializer", "key.serializer", "value.deserializer", "value.serializer");
        put(all, CHOSEN, "bootstrap.controllers", "enable.idempotence");
        all.put("transactional.id", "use 'transactional_id' of the sink");
        put(all, CHOSEN, "transaction.two.phase.commit.enable", "config.providers", "enable.gapless.guarantee");
        put(all, CONCURRENCY, "queue.buffering.max.messages", "watermark.high", "watermark.low");
        put(all, FETCH, "queued.max.messages.kbytes", "receive.message.max.bytes");
        put(all, KEYS, "partitioner", "partitioner_cb");
        put(all, LOGGING, "debug", "log_level", "log.thread.name", "log.queue", "log.connection.close", "log_cb");
        put(all, MEMORY, "queue.buffering.max.kbytes");
        put(all, METADATA, "topic.metadata.refresh.fast.interval.ms", "topic.metadata.refresh.fast.cnt");
        put(all, METADATA, "topic.metadata.propagation.max.ms", "topic.metadata.refresh.sparse");
        put(all, METERS, "statistics.interval.ms", "stats_cb", "throttle_cb", "error_cb");
        put(all, PEM, "ssl_ca", "ssl_certificate", "ssl_key", "ssl.ca.certificate.stores", "ssl.crl.location");
        put(
                all,
                SETTLED,
                "enable.auto.commit",
                "auto.commit.enable",
                "enable.auto.offset.store",
                "offset.store.method");
        put(all, TOKENS, "sasl.oauthbearer.config", "sasl.oauthbearer.method", "enable.sasl.oauthbearer.unsecure.jwt");
        putIdle(all);
        return all;
    }

    private static void putIdle(Map<String, String> all) {
        put(all, NO_EFFECT, "api.version.request", "api.version.request.timeout.ms", "broker.version.fallback");
        put(all, NO_EFFECT, "broker.address.family", "broker.address.ttl", "reconnect.backoff.jitter.ms");
        put(all, NO_EFFECT, "coordinator.query.interval.ms", "group.protocol.type", "enable.partition.eof");
        put(all, NO_EFFECT, "fetch.queue.backoff.ms", "delivery.report.only.error", "produce.offset.report");
        put(all, NO_EFFECT, "message.copy.max.bytes", "queue.buffering.backpressure.threshold", "queuing.strategy");
        put(all, NO_EFFECT, "socket.keepalive.enable", "socket.nagle.disable", "socket.max.fails");
        put(all, NO_EFFECT, "socket.blocking.max.ms", "enable.random.seed", "plugin.library.paths", "topic.blacklist");
        put(all, NO_EFFECT, "share.acknowledgement.mode", "share.acquire.mode", "ssl.engine.id", "ssl.engine.location");
        put(all, NO_EFFECT, "ssl.curves.list", "ssl.sigalgs.list", "ssl.providers", "dr_cb", "dr_msg_cb");
        put(all, NO_EFFECT, "consume_cb", "rebalance_cb", "offset_commit_cb", "offset.store.path");
        put(all, NO_EFFECT, "offset.store.sync.interval.ms", "consume.callback.max.messages");
    }

    private static void put(Map<String, String> all, String advice, String... names) {
        for (String name : names) {
            all.put(name, advice);
        }
    }

    /** What to use instead, by the names with dots, in alphabetical order. */
    static Map<String, String> all() {
        return new TreeMap<>(ADVICE);
    }

    /** As options of a section, but for what the section has itself. */
    static List<Option> except(Set<String> own) {
        List<Option> idle = new ArrayList<>();
        all().forEach((name, advice) -> {
            if (!own.contains(ClientOptions.option(name))) {
                Option option = Option.string(ClientOptions.option(name))
                        .deprecated(advice)
                        .doc("Nothing: " + advice + ".");
                idle.add(name.indexOf('.') < 0 ? option : option.alias(name));
            }
        });
        return idle;
    }
}
