package io.bspump;

import java.util.Map;

/**
 * Makes connections of one type without code: from {@code [connection:ID] type = NAME}, or from what the management API was
 * given. A connector brings one, found by {@link java.util.ServiceLoader}: its jar names it in {@code META-INF/services/io.bspump.ConnectionType}.
 */
public interface ConnectionType {

    /** The name in the configuration, in lower case, such as {@code mqtt}. */
    String name();

    /** The class of its connections, which declares their options. */
    Class<? extends Connection> connectionClass();

    /**
     * Makes a connection that is configured by {@code [connection:ID]}; it must be an instance of the class.
     *
     * @param config values that the file may override; empty when everything stands in the file
     */
    Connection create(Application app, String id, Map<String, ?> config);
}
