package io.bspump.postgresql;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Processors;
import io.bspump.Source;
import io.bspump.kafka.KafkaSource;
import io.bspump.mqtt.MQTTSource;
import java.nio.file.Path;
import java.util.Map;

/** The pump of the loss test: numbers from somewhere to a table. */
public final class LossPump {

    private LossPump() {}

    /** Runs it. */
    public static void main(String[] args) {
        Application app = new Application(args);
        app.pumpService().addPipeline(new Load(app, System.getProperty("loss.source")));
        System.exit(app.run());
    }

    private static final class Load extends Pipeline {

        Load(Application app, String source) {
            super(app, "Load");
            PostgreSQLSink sink = new PostgreSQLSink(app, this, "Store");
            if (source.equals("numbers")) {
                int count = Integer.parseInt(System.getProperty("loss.count"));
                build(new NumberSource(app, this, count, Path.of(System.getProperty("loss.position"))), sink);
            } else {
                Source<?> from = source.equals("kafka")
                        ? new KafkaSource(app, this, "Broker")
                        : new MQTTSource(app, this, "Broker");
                build(from, Processors.map(app, this, "Number", LossPump::number), sink);
            }
        }
    }

    private static Map<String, Object> number(byte[] payload) {
        String number = new String(payload, UTF_8);
        return Map.of("n", Integer.valueOf(number), "text", "number " + number);
    }
}
