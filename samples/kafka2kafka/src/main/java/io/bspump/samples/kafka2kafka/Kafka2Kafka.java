package io.bspump.samples.kafka2kafka;

import io.bspump.Application;
import io.bspump.kafka.KafkaConnection;
import io.bspump.kafka.KafkaTopicInitializer;
import io.bspump.lookup.DictionaryLookup;
import java.util.Map;

/**
 * Takes orders from one topic, and writes those that are paid to another one, with what is known of their countries. Unless
 * {@code [connection:Kafka]} names brokers, it brings one along.
 */
public final class Kafka2Kafka {

    static final String KAFKA = "Kafka";
    static final String ORDERS = "orders";
    static final String PAID = "orders-paid";
    static final String BROKEN = "orders-broken";

    private Kafka2Kafka() {}

    public static void main(String[] args) {
        Application app = new Application(args);
        app.pumpService().addConnection(kafka(app));
        new KafkaTopicInitializer(app, KAFKA)
                .includeTopic(ORDERS, 3)
                .includeTopic(PAID, 3)
                .includeTopic(BROKEN, 1);
        app.pumpService().addLookup(new DictionaryLookup(app, "Countries", Map.of("source_url", "countries.json")));
        app.pumpService().addPipelines(new Orders(app), new Send(app), new Show(app));
        System.exit(app.run());
    }

    private static KafkaConnection kafka(Application app) {
        if (app.configuration().peek("connection:" + KAFKA, "bootstrap_servers").isPresent()) {
            return new KafkaConnection(app, KAFKA);
        }
        EmbeddedBroker embedded = app.addService(new EmbeddedBroker());
        return new KafkaConnection(app, KAFKA, Map.of("bootstrap_servers", embedded.address()));
    }
}
