package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.Connection;
import io.bspump.ConnectionType;
import java.util.Map;

/** Makes the connections of {@code [connection:ID] type = postgresql}, which may also be written {@code postgres}. */
public class PostgreSQLConnectionType implements ConnectionType {

    /** For {@link java.util.ServiceLoader}. */
    public PostgreSQLConnectionType() {}

    /** The other name. */
    public static final class Alias extends PostgreSQLConnectionType {

        /** For {@link java.util.ServiceLoader}. */
        public Alias() {}

        @Override
        public String name() {
            return "postgres";
        }
    }

    @Override
    public String name() {
        return "postgresql";
    }

    @Override
    public final Class<? extends Connection> connectionClass() {
        return PostgreSQLConnection.class;
    }

    @Override
    public final Connection create(Application app, String id, Map<String, ?> config) {
        return new PostgreSQLConnection(app, id, config);
    }
}
