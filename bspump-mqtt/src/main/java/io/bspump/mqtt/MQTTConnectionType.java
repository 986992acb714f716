package io.bspump.mqtt;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ConnectionType;
import java.util.Map;

/** Makes the connections of {@code [connection:ID] type = mqtt}. */
public final class MQTTConnectionType implements ConnectionType {

    /** For {@link java.util.ServiceLoader}. */
    public MQTTConnectionType() {}

    @Override
    public String name() {
        return "mqtt";
    }

    @Override
    public Class<? extends Connection> connectionClass() {
        return MQTTConnection.class;
    }

    @Override
    public Connection create(Application app, String id, Map<String, ?> config) {
        return new MQTTConnection(app, id, config);
    }
}
