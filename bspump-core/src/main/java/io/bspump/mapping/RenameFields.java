package io.bspump.mapping;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Renames fields of events that are maps, in place; a renamed field stands last. Fields that an event has not are left alone. An
 * event that has both the old and the new field is an error.
 */
public final class RenameFields extends Processor<Object, Object> {

    public static final Options OPTIONS = Options.of(Option.list("fields")
            .required()
            .doc("What is renamed, as `old->new`, separated by commas, or one in each line."));

    private static final String ARROW = "->";

    private final String[] from;
    private final String[] to;

    /** Creates a processor whose id is {@code RenameFields}. */
    public RenameFields(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code RenameFields}
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if the list is no such list
     */
    public RenameFields(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        Map<String, String> names = names();
        from = names.keySet().toArray(new String[0]);
        to = names.values().toArray(new String[0]);
    }

    private Map<String, String> names() {
        Map<String, String> names = new LinkedHashMap<>();
        for (String item : config().getList("fields")) {
            int arrow = item.indexOf(ARROW);
            String old = arrow < 0 ? "" : item.substring(0, arrow).strip();
            String fresh =
                    arrow < 0 ? "" : item.substring(arrow + ARROW.length()).strip();
            if (old.isEmpty() || fresh.isEmpty()) {
                throw config().invalid("fields", "must be a list of old->new");
            }
            if (names.put(old, fresh) != null) {
                throw config().invalid("fields", "must rename a field once, '" + old + "' is renamed twice");
            }
        }
        Set<String> targets = new HashSet<>();
        names.values().forEach(fresh -> {
            if (!targets.add(fresh) || names.containsKey(fresh)) {
                throw config().invalid(
                                "fields", "must give each new name once and to no old one, not so '" + fresh + "'");
            }
        });
        return names;
    }

    @Override
    protected Object process(Context context, Object event) {
        Map<String, @Nullable Object> fields = Fields.of(event);
        for (int i = 0; i < from.length; i++) {
            if (fields.containsKey(from[i])) {
                rename(fields, from[i], to[i]);
            }
        }
        return event;
    }

    private static void rename(Map<String, @Nullable Object> fields, String old, String fresh) {
        if (fields.containsKey(fresh)) {
            throw new IllegalArgumentException(
                    "field '" + old + "' cannot become '" + fresh + "', the event has that field too");
        }
        Object value = Fields.remove(fields, old);
        Fields.put(fields, fresh, value);
    }
}
