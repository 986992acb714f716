package io.bspump.benchmarks;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.Stage;
import io.bspump.json.DictToJsonBytesParser;
import io.bspump.json.StdJsonToDictParser;
import io.bspump.kafka.KafkaConnection;
import io.bspump.kafka.KafkaSink;
import io.bspump.kafka.KafkaSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.KStream;
import org.jspecify.annotations.Nullable;

/** Those who do the same work, with the same settings of the same clients: {@code max.poll.records} and {@code linger.ms}. */
final class KafkaContenders {

    private static final String MAX_POLL_RECORDS = "2000";
    private static final String LINGER_MS = "5";
    private static final String BATCH_SIZE = System.getProperty("batch", "131072");

    /** The settings of the pump, for Streams. */
    private static final Map<String, String> SAME = Map.of(
            StreamsConfig.consumerPrefix("max.poll.records"), MAX_POLL_RECORDS,
            StreamsConfig.producerPrefix("linger.ms"), LINGER_MS,
            StreamsConfig.producerPrefix("batch.size"), BATCH_SIZE);

    private static final Duration SELDOM = Duration.ofSeconds(1);

    private static final String EXACTLY_ONCE = "pipeline:Work:delivery=exactly_once";

    /** Settings of the pump's configuration, {@code SECTION:KEY=VALUE}, with a semicolon between two. */
    private static final List<String> PUMP = Stream.of(
                    System.getProperty("pump", "").split(";"))
            .filter(text -> !text.isEmpty())
            .toList();

    private KafkaContenders() {}

    /** Works until it is stopped. */
    interface Running {
        void stop() throws IOException, InterruptedException;
    }

    /** Begins to work. */
    interface Contender {
        Running start(KafkaWork work) throws IOException, InterruptedException;
    }

    /** All of them, by name. */
    static Map<String, Contender> all() {
        Map<String, Contender> all = new LinkedHashMap<>();
        all.put("pump", work -> pump(work));
        all.put("loop", work -> loop(work, Duration.ZERO));
        all.put("loop, commits seldom", work -> loop(work, SELDOM));
        all.put("streams", work -> streams(work, "at_least_once", SAME));
        all.put("streams as it comes", work -> streams(work, "at_least_once", Map.of()));
        all.put("pump, exactly once", work -> pump(work, EXACTLY_ONCE));
        all.put("streams, exactly once", work -> streams(work, "exactly_once_v2", SAME));
        all.put("streams as it comes, exactly once", work -> streams(work, "exactly_once_v2", Map.of()));
        return all;
    }

    // The pump

    /**
     * Runs a pump.
     *
     * @param settings of its configuration besides those of all pumps, as {@code SECTION:KEY=VALUE}
     */
    static Running pump(KafkaWork work, String... settings) throws InterruptedException {
        List<String> arguments = new ArrayList<>();
        Stream.concat(PUMP.stream(), Stream.of(settings))
                .forEach(setting -> arguments.addAll(List.of("--set", setting)));
        RunningPump pump = new RunningPump(arguments.toArray(String[]::new));
        pump.addConnection(app -> new KafkaConnection(
                app,
                "Broker",
                Map.of("bootstrap_servers", work.servers(), "linger_ms", LINGER_MS, "batch_size", BATCH_SIZE)));
        pump.add("Work", (app, id) -> new Work(app, id, work));
        pump.start(); // now that the settings have their sections
        return pump::stop;
    }

    private static final class Work extends Pipeline {
        Work(Application app, String id, KafkaWork work) {
            super(app, id);
            List<Stage<?, ?>> stages = new ArrayList<>();
            if (work.json()) {
                stages.add(new StdJsonToDictParser(app, this));
                stages.add(new Change(app, this));
                stages.add(new DictToJsonBytesParser(app, this));
            }
            stages.add(new KafkaSink(app, this, "Broker", null, Map.of("topic", work.to())));
            build(
                    new KafkaSource(
                            app,
                            this,
                            "Broker",
                            null,
                            Map.of(
                                    "topic",
                                    work.from(),
                                    "group_id",
                                    work.group(),
                                    "max_poll_records",
                                    MAX_POLL_RECORDS)),
                    stages.toArray(new Stage<?, ?>[0]));
        }
    }

    private static final class Change extends Processor<Map<String, Object>, Map<String, Object>> {
        Change(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected @Nullable Map<String, Object> process(Context context, Map<String, Object> event) {
            return KafkaWork.isKept(event) ? KafkaWork.change(event) : null;
        }
    }

    // The loop

    /**
     * Consumes, produces, waits until all of it is confirmed, and commits, over and over.
     *
     * @param pause how long it consumes and produces without that; none is how most are written
     */
    static Running loop(KafkaWork work, Duration pause) {
        Loop loop = new Loop(work, pause);
        Thread thread = new Thread(loop, "loop");
        thread.start();
        return () -> {
            loop.stopped = true;
            thread.join();
        };
    }

    private static final class Loop implements Runnable {

        private final KafkaWork work;
        private final long pauseNanos;
        private volatile boolean stopped;
        private volatile @Nullable Exception failure;

        Loop(KafkaWork work, Duration pause) {
            this.work = work;
            pauseNanos = pause.toNanos();
        }

        @Override
        public void run() {
            Map<String, Object> consuming = Map.of(
                    "bootstrap.servers",
                    work.servers(),
                    "group.id",
                    work.group(),
                    "enable.auto.commit",
                    "false",
                    "auto.offset.reset",
                    "earliest",
                    "max.poll.records",
                    MAX_POLL_RECORDS);
            Map<String, Object> producing = Map.of(
                    "bootstrap.servers",
                    work.servers(),
                    "acks",
                    "all",
                    "linger.ms",
                    LINGER_MS,
                    "batch.size",
                    BATCH_SIZE);
            try (var consumer =
                            new KafkaConsumer<>(consuming, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                    var producer =
                            new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer())) {
                consumer.subscribe(List.of(work.from()));
                long nextCommit = System.nanoTime() + pauseNanos;
                while (!stopped) {
                    for (var record : consumer.poll(Duration.ofMillis(100))) {
                        send(producer, record);
                    }
                    if (System.nanoTime() - nextCommit >= 0) {
                        nextCommit = System.nanoTime() + pauseNanos;
                        commit(consumer, producer);
                    }
                }
                commit(consumer, producer);
            }
        }

        @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of it
        private void send(KafkaProducer<byte[], byte[]> producer, ConsumerRecord<byte[], byte[]> record) {
            byte[] value = work.apply(record.value());
            if (value != null) {
                producer.send(
                        new ProducerRecord<>(work.to(), null, null, record.key(), value, record.headers()),
                        (metadata, error) -> {
                            if (error != null) {
                                failure = error;
                            }
                        });
            }
        }

        private void commit(KafkaConsumer<?, ?> consumer, KafkaProducer<?, ?> producer) {
            producer.flush();
            if (failure != null) {
                throw new IllegalStateException(failure);
            }
            consumer.commitSync();
        }
    }

    // Kafka Streams

    /**
     * Runs a topology, in one thread.
     *
     * @param guarantee {@code at_least_once} or {@code exactly_once_v2}, both with Streams' own intervals of commits
     * @param clients settings of its clients
     */
    static Running streams(KafkaWork work, String guarantee, Map<String, String> clients) throws IOException {
        Path state = Files.createTempDirectory("bspump-benchmark-streams");
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, work.group());
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, work.servers());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class.getName());
        properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class.getName());
        properties.putAll(clients);
        StreamsBuilder builder = new StreamsBuilder();
        KStream<byte[], byte[]> values = builder.stream(work.from());
        if (work.json()) {
            values = values.mapValues(KafkaWork::parse)
                    .filter((key, event) -> KafkaWork.isKept(event))
                    .mapValues(KafkaWork::change)
                    .mapValues(KafkaWork::write);
        }
        values.to(work.to());
        KafkaStreams streams = new KafkaStreams(builder.build(), properties);
        streams.start();
        return () -> {
            streams.close(Duration.ofSeconds(10));
            try (Stream<Path> files = Files.walk(state)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        };
    }
}
