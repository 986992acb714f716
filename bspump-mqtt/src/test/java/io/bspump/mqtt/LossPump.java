package io.bspump.mqtt;

import io.bspump.Application;
import io.bspump.Pipeline;

/** The pump of the loss test: from one topic to another over one connection. */
public final class LossPump {

    private LossPump() {}

    /** Runs it. */
    public static void main(String[] args) {
        Application app = new Application(args);
        app.pumpService().addPipeline(new Relay(app));
        System.exit(app.run());
    }

    private static final class Relay extends Pipeline {

        Relay(Application app) {
            super(app, "Relay");
            build(new MQTTSource(app, this, "Broker"), new MQTTSink(app, this, "Broker"));
        }
    }
}
