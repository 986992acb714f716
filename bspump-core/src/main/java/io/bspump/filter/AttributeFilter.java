package io.bspump.filter;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.mapping.Fields;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Removes fields of events that are maps, in place; or with {@code inclusive = yes} all fields but these. Extend it and override
 * {@link #predicate} to filter only some events, or {@link #fields} to choose the fields by event.
 */
public class AttributeFilter extends Processor<Object, Object> {

    public static final Options OPTIONS = Options.of(
            Option.list("fields").defaultTo("").doc("The fields."),
            Option.bool("inclusive")
                    .defaultTo(false)
                    .doc("Whether the fields are the ones that stay; otherwise they are the ones that go."));

    private final Set<String> fields;
    private final boolean inclusive;

    /** Creates a processor whose id is {@code AttributeFilter}. */
    public AttributeFilter(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for {@code AttributeFilter}
     * @param config values that go above the class's defaults and below the file
     */
    public AttributeFilter(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        fields = Set.copyOf(config().getList("fields"));
        inclusive = config().getBoolean("inclusive");
    }

    /** Whether the event is to be filtered; defaults to yes. */
    protected boolean predicate(Context context, Map<String, @Nullable Object> event) {
        return true;
    }

    /** Returns the fields to remove, or to keep; defaults to those of the configuration. */
    protected Set<String> fields(Context context, Map<String, @Nullable Object> event) {
        return fields;
    }

    @Override
    protected final Object process(Context context, Object event) {
        Map<String, @Nullable Object> map = Fields.of(event);
        if (predicate(context, map)) {
            Set<String> chosen = fields(context, map);
            if (inclusive) {
                Fields.retain(map, chosen);
            } else {
                chosen.forEach(field -> Fields.remove(map, field));
            }
        }
        return event;
    }
}
