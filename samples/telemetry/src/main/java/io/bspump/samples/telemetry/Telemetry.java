package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.mqtt.MQTTConnection;
import io.bspump.postgresql.PostgreSQLConnection;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Publishes the figures of the machine by MQTT every second, takes them back, makes rates of them and writes these to
 * PostgreSQL. It brings a broker and a database along for {@code [connection:Broker]} and {@code [connection:Database]},
 * unless these name servers.
 */
public final class Telemetry {

    static final String BROKER = "Broker";
    static final String DATABASE = "Database";

    private Telemetry() {}

    public static void main(String[] args) {
        Application app = new Application(args);
        EmbeddedServers embedded = app.addService(new EmbeddedServers(app));
        app.pumpService().addConnection(broker(app, embedded));
        app.pumpService().addConnection(database(app, embedded));
        app.pumpService().addPipelines(new Measure(app), new Store(app), new Show(app));
        System.exit(app.run());
    }

    private static MQTTConnection broker(Application app, EmbeddedServers embedded) {
        if (namesServer(app, BROKER)) {
            return new MQTTConnection(app, BROKER);
        }
        return new MQTTConnection(
                app, BROKER, Map.of("server", embedded.add(new EmbeddedBroker()).url()));
    }

    private static PostgreSQLConnection database(Application app, EmbeddedServers embedded) {
        if (namesServer(app, DATABASE)) {
            return new PostgreSQLConnection(app, DATABASE);
        }
        return new PostgreSQLConnection(
                app, DATABASE, embedded.add(new EmbeddedDatabase()).connection());
    }

    private static boolean namesServer(Application app, String connection) {
        return Stream.of("server", "servers", "host", "hosts").anyMatch(key -> app.configuration()
                .peek("connection:" + connection, key)
                .isPresent());
    }
}
