package io.bspump.samples.kafka2kafka;

import io.bspump.Application;
import io.bspump.DeadLetter;
import io.bspump.Pipeline;
import io.bspump.Processors;
import io.bspump.filter.ContentFilter;
import io.bspump.json.DictToJsonBytesParser;
import io.bspump.json.StdJsonToDictParser;
import io.bspump.kafka.KafkaSink;
import io.bspump.kafka.KafkaSource;
import io.bspump.lookup.LookupEnricher;
import java.util.Map;

/** The pump: orders that are paid go on, with the name of their country. What is no JSON goes to a topic of its own. */
final class Orders extends Pipeline {

    private static final Map<String, String> COUNTRIES =
            Map.of("lookup", "Countries", "key", "country", "target", "country_name");

    Orders(Application app) {
        super(app, "Orders", Map.of("on_error", "dead_letter"));
        build(
                new KafkaSource(app, this, Kafka2Kafka.KAFKA, null, Map.of("topic", Kafka2Kafka.ORDERS)),
                new StdJsonToDictParser(app, this),
                new ContentFilter(app, this, Map.of("paid", true)),
                new LookupEnricher(app, this, null, COUNTRIES),
                new DictToJsonBytesParser(app, this),
                new KafkaSink(app, this, Kafka2Kafka.KAFKA, null, Map.of("topic", Kafka2Kafka.PAID)));
        deadLetter(
                Processors.map(app, this, "AsItCame", DeadLetter::event),
                new KafkaSink(app, this, Kafka2Kafka.KAFKA, "Broken", Map.of("topic", Kafka2Kafka.BROKEN)));
    }
}
