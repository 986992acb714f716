package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.mqtt.MQTTConnection;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Publishes the figures of the machine by MQTT every second, and takes them back. Unless {@code [connection:Broker]}
 * names a server, it brings the broker along.
 */
public final class Telemetry {

    static final String BROKER = "Broker";

    private Telemetry() {}

    public static void main(String[] args) {
        Application app = new Application(args);
        app.pumpService().addConnection(broker(app));
        app.pumpService().addPipelines(new Measure(app), new Watch(app));
        System.exit(app.run());
    }

    private static MQTTConnection broker(Application app) {
        if (Stream.of("server", "servers", "host").anyMatch(key -> isSet(app, key))) {
            return new MQTTConnection(app, BROKER);
        }
        EmbeddedBroker embedded = app.addService(new EmbeddedBroker());
        return new MQTTConnection(app, BROKER, Map.of("server", embedded.url()));
    }

    private static boolean isSet(Application app, String key) {
        return app.configuration().peek("connection:" + BROKER, key).isPresent();
    }
}
