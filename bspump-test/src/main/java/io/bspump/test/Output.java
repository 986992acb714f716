package io.bspump.test;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * An event that a recorder took in place of a sink.
 *
 * @param sink the address of the sink, {@code Pipeline.Sink}
 * @param event the event
 * @param context a copy of its context at that moment
 */
public record Output(String sink, Object event, Map<String, Object> context) {

    /** Takes a copy of the map. */
    public Output {
        context = Map.copyOf(context);
    }

    /** The event as text; bytes are taken for UTF-8. */
    public String text() {
        return event instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : event.toString();
    }

    @Override
    public String toString() {
        return event + (context.isEmpty() ? "" : " " + context) + " at " + sink;
    }
}
