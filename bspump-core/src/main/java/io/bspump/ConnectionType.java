package io.bspump;

/**
 * Makes connections of one type from their sections, without code: {@code [connection:ID] type = NAME}. A connector brings
 * one, found by {@link java.util.ServiceLoader}: its jar names it in {@code META-INF/services/io.bspump.ConnectionType}.
 */
public interface ConnectionType {

    /** The name in the configuration, in lower case, such as {@code mqtt}. */
    String name();

    /** The class of its connections, which declares their options. */
    Class<? extends Connection> connectionClass();

    /** Makes a connection that is configured by {@code [connection:ID]}; it must be an instance of the class. */
    Connection create(Application app, String id);
}
