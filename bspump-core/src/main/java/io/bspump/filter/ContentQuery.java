package io.bspump.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A compiled query. */
@FunctionalInterface
interface ContentQuery {

    boolean matches(Map<?, ?> event);

    /**
     * Compiles a query.
     *
     * @throws IllegalArgumentException naming the place and the rule, if it is none
     */
    static ContentQuery compile(Map<?, ?> query) {
        return compile("query", query);
    }

    private static ContentQuery compile(String place, Map<?, ?> query) {
        List<ContentQuery> parts = new ArrayList<>();
        query.forEach((key, value) -> parts.add(part(place, String.valueOf(key), value)));
        return all(parts);
    }

    private static ContentQuery part(String place, String key, @Nullable Object value) {
        String inner = place + "." + key;
        return switch (key) {
            case "$and" -> all(queries(inner, value));
            case "$or" -> any(queries(inner, value));
            case "$nor" -> not(any(queries(inner, value)));
            case "$not" -> not(query(inner, value));
            default -> {
                if (key.startsWith("$")) {
                    throw new IllegalArgumentException(
                            inner + ": beside fields there are $and, $or, $nor and $not, was '" + key + "'");
                }
                yield field(key, FieldTest.compile(inner, value));
            }
        };
    }

    private static List<ContentQuery> queries(String place, @Nullable Object value) {
        if (!(value instanceof List<?> list) || list.isEmpty()) {
            throw new IllegalArgumentException(place + " must be a list of queries that is not empty");
        }
        List<ContentQuery> queries = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            queries.add(query(place + "[" + i + "]", list.get(i)));
        }
        return queries;
    }

    private static ContentQuery query(String place, @Nullable Object value) {
        if (value instanceof Map<?, ?> query) {
            return compile(place, query);
        }
        throw new IllegalArgumentException(place + " must be a query, an object");
    }

    private static ContentQuery field(String path, FieldTest test) {
        if (path.indexOf('.') < 0) {
            return event -> test.matches(event.get(path));
        }
        String[] steps = path.split("\\.", -1);
        return event -> test.matches(event.containsKey(path) ? event.get(path) : follow(event, steps));
    }

    private static @Nullable Object follow(Map<?, ?> event, String[] steps) {
        Object value = event;
        for (String step : steps) {
            if (!(value instanceof Map<?, ?> map)) {
                return null;
            }
            value = map.get(step);
        }
        return value;
    }

    private static ContentQuery not(ContentQuery query) {
        return event -> !query.matches(event);
    }

    private static ContentQuery all(List<ContentQuery> queries) {
        ContentQuery[] parts = queries.toArray(new ContentQuery[0]);
        return parts.length == 1 ? parts[0] : event -> allMatch(parts, event);
    }

    private static boolean allMatch(ContentQuery[] parts, Map<?, ?> event) {
        for (ContentQuery part : parts) {
            if (!part.matches(event)) {
                return false;
            }
        }
        return true;
    }

    private static ContentQuery any(List<ContentQuery> queries) {
        ContentQuery[] parts = queries.toArray(new ContentQuery[0]);
        return event -> anyMatches(parts, event);
    }

    private static boolean anyMatches(ContentQuery[] parts, Map<?, ?> event) {
        for (ContentQuery part : parts) {
            if (part.matches(event)) {
                return true;
            }
        }
        return false;
    }
}
