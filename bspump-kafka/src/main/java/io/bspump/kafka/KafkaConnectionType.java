package io.bspump.kafka;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ConnectionType;
import java.util.Map;

/** Makes the connections of {@code [connection:ID] type = kafka}. */
public final class KafkaConnectionType implements ConnectionType {

    /** For {@link java.util.ServiceLoader}. */
    public KafkaConnectionType() {}

    @Override
    public String name() {
        return "kafka";
    }

    @Override
    public Class<? extends Connection> connectionClass() {
        return KafkaConnection.class;
    }

    @Override
    public Connection create(Application app, String id, Map<String, ?> config) {
        return new KafkaConnection(app, id, config);
    }
}
