package io.bspump.builder;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One element of a definition: a connection, a lookup, a component of a pipeline or a trigger.
 *
 * @param path where it stands, such as {@code pipelines[0].processors[2]}
 * @param id null if none is given
 * @param type its class
 * @param args values for the parameters of its constructor
 * @param config values for its section
 * @param trigger of a source
 */
record Element(
        String path,
        int line,
        @Nullable String id,
        Class<?> type,
        Map<String, Node> args,
        Map<String, Node> config,
        Optional<Element> trigger) {

    /** The id that it will have, for the name of its section. */
    String name() {
        return id == null ? type.getSimpleName() : id;
    }
}
