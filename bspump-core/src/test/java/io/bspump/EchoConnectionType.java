package io.bspump;

import java.util.Map;

/** Makes {@link EchoConnection}s, found by the ServiceLoader in the tests of this module. */
public final class EchoConnectionType implements ConnectionType {

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public Class<? extends Connection> connectionClass() {
        return EchoConnection.class;
    }

    @Override
    public Connection create(Application app, String id, Map<String, ?> config) {
        return new EchoConnection(app, id, config);
    }
}
