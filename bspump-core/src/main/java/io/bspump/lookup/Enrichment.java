package io.bspump.lookup;

import io.bspump.Application;
import io.bspump.Lookup;
import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.mapping.Fields;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the processors that add something found to an event have in common. */
final class Enrichment {

    static final Options OPTIONS = Options.of(
            Option.string("lookup")
                    .required()
                    .doc("The id of the lookup; it must have been added before the pipeline."),
            Option.string("key").required().doc("The field of the event whose value is looked up."),
            Option.string("target")
                    .defaultTo("")
                    .doc("The field for what is found; without it, what is found is a map and its fields are added."),
            Option.choice("on_miss", "pass", "drop", "error")
                    .defaultTo("pass")
                    .doc("What happens to an event for which nothing is found, or that has not the field."));

    private final Lookup lookup;
    private final String key;
    private final String target;
    private final String onMiss;

    private Enrichment(Config config, Lookup lookup) {
        this.lookup = lookup;
        this.key = config.get("key");
        this.target = config.get("target");
        this.onMiss = config.get("on_miss");
    }

    /** Finds the lookup of a section and sees that it is of the kind. */
    static Enrichment of(Application app, Config config, Class<? extends Lookup> kind, String other) {
        String id = config.get("lookup");
        if (id.isEmpty()) {
            throw unusable(config, "is required");
        }
        Lookup lookup;
        try {
            lookup = app.pumpService().locateLookup(id);
        } catch (IllegalArgumentException e) {
            throw unusable(config, "must be the id of a lookup that was added before: " + e.getMessage());
        }
        if (!kind.isInstance(lookup)) {
            throw unusable(
                    config,
                    "must be the id of a lookup of the kind " + kind.getSimpleName() + ", '" + id + "' is a "
                            + lookup.getClass().getSimpleName() + "; " + other + " takes that");
        }
        return new Enrichment(config, lookup);
    }

    private static ConfigException unusable(Config config, String rule) {
        ConfigProblem problem = config.problem("lookup", rule);
        return new ConfigException(List.of(problem));
    }

    Lookup lookup() {
        return lookup;
    }

    /** Returns what is to be looked up for the event, or null. */
    @Nullable
    Object key(Map<String, @Nullable Object> event) {
        return event.get(key);
    }

    /** Returns the event with what was found, or what becomes of one for which nothing was. */
    @Nullable
    Object apply(Map<String, @Nullable Object> event, @Nullable Object found) {
        if (found == null) {
            return miss(event);
        }
        if (!target.isEmpty()) {
            Fields.put(event, target, found);
        } else if (found instanceof Map<?, ?> fields) {
            fields.forEach((name, value) -> Fields.put(event, String.valueOf(name), value));
        } else {
            throw new IllegalArgumentException("what " + lookup + " has for field '" + key + "' is no map but a "
                    + found.getClass().getName() + ", so target must say which field it goes to");
        }
        return event;
    }

    private @Nullable Object miss(Map<String, @Nullable Object> event) {
        return switch (onMiss) {
            case "pass" -> event;
            case "drop" -> null;
            default ->
                throw event.get(key) == null
                        ? Fields.missing(key)
                        : new IllegalArgumentException(lookup + " has nothing for the value of field '" + key + "'");
        };
    }
}
