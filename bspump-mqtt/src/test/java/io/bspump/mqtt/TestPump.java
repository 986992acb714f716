package io.bspump.mqtt;

import io.bspump.test.RecordingSink;
import io.bspump.test.RunningApplication;
import java.nio.file.Path;
import java.util.Map;

/** An application of MQTT. */
final class TestPump extends RunningApplication {

    TestPump(Path directory, String configuration) {
        super(directory, configuration);
    }

    @Override
    public TestPump start() {
        super.start();
        return this;
    }

    MQTTConnection connection(String id) {
        return (MQTTConnection) app().pumpService().locateConnection(id);
    }

    void untilConnected(String id) {
        until(() -> connection(id).status().isConnected());
    }

    /** A pipeline from messages of topics, over the connection {@code Broker}, to a recorder. */
    RecordingSink record(String pipeline, String topics, int qos) {
        return record(
                pipeline,
                (a, p) -> new MQTTSource(a, p, "Broker", null, Map.of("topics", topics, "qos", Integer.toString(qos))));
    }
}
