package io.bspump.builder;

import io.bspump.BatchSink;
import io.bspump.Connection;
import io.bspump.Lookup;
import io.bspump.Sink;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.Trigger;
import java.util.List;
import java.util.Locale;

/** What an element is to the pump: which keys it has, and which classes may take the role. */
enum Role {
    CONNECTION,
    LOOKUP,
    SOURCE,
    TRIGGER,
    PROCESSOR,
    SINK;

    List<String> keys() {
        return switch (this) {
            case SOURCE -> List.of("id", "module", "class", "args", "config", "trigger");
            case TRIGGER -> List.of("id", "module", "class", "args");
            default -> List.of("id", "module", "class", "args", "config");
        };
    }

    /** Whether others refer to it by its id, so that it must have one. */
    boolean needsId() {
        return this == CONNECTION || this == LOOKUP;
    }

    boolean fits(Class<?> type) {
        return switch (this) {
            case CONNECTION -> Connection.class.isAssignableFrom(type);
            case LOOKUP -> Lookup.class.isAssignableFrom(type);
            case SOURCE -> Source.class.isAssignableFrom(type);
            case TRIGGER -> Trigger.class.isAssignableFrom(type);
            case PROCESSOR -> Stage.class.isAssignableFrom(type) && !SINK.fits(type);
            case SINK -> Sink.class.isAssignableFrom(type) || BatchSink.class.isAssignableFrom(type);
        };
    }

    /** In words, for messages. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
