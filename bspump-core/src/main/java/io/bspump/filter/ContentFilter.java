package io.bspump.filter;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.json.JsonDocument;
import io.bspump.mapping.Fields;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets pass the events, maps, that a query in the manner of MongoDB fits, and drops the others. Extend it and override {@link
 * #onHit} and {@link #onMiss} to do otherwise.
 *
 * <p>A query is a map of fields and what they must be: a value, or operators: {@code $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin,
 * $exists, $regex} (with {@code $options}), {@code $not}; and beside fields {@code $and, $or, $nor}. A field inside of another one
 * is {@code outer.inner}. Numbers are compared by their value, whatever their type; numbers and texts are never alike. Of a field
 * that is a list one fitting element is enough. It is compiled when the pipeline is built.
 */
public class ContentFilter extends Processor<Object, Object> {

    public static final Options OPTIONS = Options.of(
            Option.string("query").defaultTo("").doc("The query as JSON, such as `{\"status\": {\"$gte\": 500}}`."));

    private final ContentQuery query;

    /** Creates a filter whose id is the simple class name and whose query stands in the configuration. */
    public ContentFilter(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /** Creates a filter whose id is the simple class name. */
    public ContentFilter(Application app, Pipeline pipeline, Map<String, ?> query) {
        this(app, pipeline, query, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if there is no query or it is none
     */
    public ContentFilter(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this(app, pipeline, Map.of(), id, config);
    }

    /**
     * @param query the query, unless the configuration has one; none if empty
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     * @throws ConfigException if there is no query or it is none
     */
    public ContentFilter(
            Application app, Pipeline pipeline, Map<String, ?> query, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
        String configured = config().get("query");
        if (configured.isBlank() && query.isEmpty()) {
            throw config().invalid("query", "is required");
        }
        this.query = configured.isBlank() ? compile(query) : compile(configured);
    }

    private ContentQuery compile(String json) {
        try {
            List<@Nullable Object> values =
                    JsonDocument.read("the query", json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            if (values.size() == 1 && values.get(0) instanceof Map<?, ?> map) {
                return compile(map);
            }
        } catch (IllegalArgumentException e) {
            throw config().invalid("query", "must be a query in JSON (" + e.getMessage() + ")");
        }
        throw config().invalid("query", "must be one JSON object");
    }

    private ContentQuery compile(Map<?, ?> query) {
        try {
            return ContentQuery.compile(query);
        } catch (IllegalArgumentException e) {
            throw config().invalid("query", "cannot be used: " + e.getMessage());
        }
    }

    /** Returns what becomes of an event that fits; null drops it. Defaults to the event. */
    protected @Nullable Object onHit(Context context, Map<String, @Nullable Object> event) {
        return event;
    }

    /** Returns what becomes of an event that does not fit; null drops it. Defaults to null. */
    protected @Nullable Object onMiss(Context context, Map<String, @Nullable Object> event) {
        return null;
    }

    @Override
    protected final @Nullable Object process(Context context, Object event) {
        Map<String, @Nullable Object> fields = Fields.of(event);
        return query.matches(fields) ? onHit(context, fields) : onMiss(context, fields);
    }
}
