package io.bspump.routing;

import io.bspump.Context;
import io.bspump.Routes;
import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Where events go by their key. */
final class Table<I> {

    private final BiFunction<Context, ? super I, ? extends @Nullable Object> key;
    private final Map<String, String> routes;
    private final @Nullable String otherwise;

    private Table(
            BiFunction<Context, ? super I, ? extends @Nullable Object> key,
            Map<String, String> routes,
            @Nullable String otherwise) {
        this.key = key;
        this.routes = Map.copyOf(routes);
        this.otherwise = otherwise;
    }

    /**
     * Reads {@code key}, {@code routes} and {@code default}.
     *
     * @param given the key's function, or null for the one of the configuration
     */
    static <I> Table<I> of(Config config, @Nullable BiFunction<Context, ? super I, ? extends @Nullable Object> given) {
        Map<String, String> routes = new LinkedHashMap<>();
        for (String route : config.get("routes").split("[,\\n]", -1)) {
            if (route.isBlank()) {
                continue;
            }
            int colon = route.indexOf(':');
            if (colon < 0) {
                throw new ConfigException(List.of(
                        config.problem("routes", "must have the form 'key: target', was '" + route.strip() + "'")));
            }
            routes.put(
                    route.substring(0, colon).strip(),
                    route.substring(colon + 1).strip());
        }
        String name = config.get("key");
        if (given == null && name.isEmpty() && !routes.isEmpty()) {
            throw new ConfigException(List.of(config.problem("key", "must be set, as there are routes")));
        }
        String otherwise = config.get("default");
        return new Table<>(
                given == null ? (context, event) -> named(name, context, event) : given,
                routes,
                otherwise.isEmpty() ? null : otherwise);
    }

    private static @Nullable Object named(String name, Context context, Object event) {
        Object value = event instanceof Map<?, ?> map ? map.get(name) : null;
        return value == null ? context.get(name) : value;
    }

    void declare(Routes declared, Collection<String> targets) {
        targets.forEach(declared::add);
        routes.values().forEach(declared::add);
        if (otherwise != null) {
            declared.add(otherwise);
        }
    }

    /** Returns where the event goes, or null. */
    @Nullable
    String target(Context context, I event) {
        if (routes.isEmpty()) {
            return otherwise;
        }
        Object found = key.apply(context, event);
        String target = found == null ? null : routes.get(Objects.toString(found));
        return target == null ? otherwise : target;
    }

    /** Says why an event goes nowhere. */
    String refusal(Context context, I event) {
        return "there is no route for '" + key.apply(context, event) + "' and no default";
    }
}
