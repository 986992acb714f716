package io.bspump.web;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ConnectionType;
import java.util.Map;

/** Makes {@link LabConnection}s, found by the ServiceLoader in the tests of this module. */
public final class LabConnectionType implements ConnectionType {

    @Override
    public String name() {
        return "lab";
    }

    @Override
    public Class<? extends Connection> connectionClass() {
        return LabConnection.class;
    }

    @Override
    public Connection create(Application app, String id, Map<String, ?> config) {
        return new LabConnection(app, id, config);
    }
}
