package io.bspump.aggregation;

import io.bspump.Aggregator;
import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Group;
import io.bspump.Pipeline;
import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gathers events, by key if it has one, until there are enough of them or enough time has passed, and makes one event of
 * them: a list, a text, sums, or what a strategy of the user's makes. The events settle with what was made of them. A group
 * is closed by whichever comes first of {@code completion_size}, {@code completion_bytes}, {@code completion_timeout} and
 * {@code completion_interval}; the times are of the clock, not of the events.
 *
 * <p>A group that never fills keeps the position of its source from moving, so there is a {@code completion_timeout} by
 * default. Behind a source that waits for each of its events, such as an {@code InternalSource}, it also keeps the feeders
 * from waiting for ever.
 *
 * @param <I> the type of the events that go in
 * @param <O> the type of the events that come out
 */
public final class AggregatingProcessor<I, O> extends Aggregator<I, O> {

    public static final Options OPTIONS = Options.of(
            Option.integer("completion_size")
                    .atLeast(0)
                    .defaultTo(10)
                    .doc("Events that complete a group; `0` for any number."),
            Option.size("completion_bytes")
                    .defaultTo(0)
                    .doc("Bytes that complete a group, of events that are bytes or text; `0` for any number."),
            Option.duration("completion_timeout")
                    .defaultTo("60s")
                    .doc("How long after its first event a group is complete at the latest; `0` for never."),
            Option.duration("completion_interval")
                    .defaultTo("0s")
                    .doc("All groups are complete at each multiple of it by the clock; `0` for never."),
            Option.list("key")
                    .defaultTo("")
                    .doc("Fields whose values the events of a group have in common; none for one group at a time."),
            Option.choice("strategy", "events", "pairs", "text", "fields")
                    .defaultTo("events")
                    .doc(
                            "What is made of a group: a list of the events, a list of pairs of context and event, a text, or"
                                    + " a map of the key and of `aggregates`. Not used where code gives a strategy."),
            Option.string("delimiter")
                    .defaultTo("\\n")
                    .doc("What stands between two events in a text; `\\n`, `\\t` and the like are understood."),
            FieldAggregates.OPTION);

    private final Function<? super I, ? extends @Nullable Object> key;
    private final Supplier<? extends AggregationStrategy<? super I, ? extends O>> strategy;

    /** The key of aggregates of fields, which have it among them; null for all other strategies. */
    private final @Nullable FieldKey fields;

    private final boolean consecutive;
    private final int size;
    private final long bytes;
    private final long timeout;
    private final long interval;

    private final Map<@Nullable Object, Gathering> open = new HashMap<>();

    private final class Gathering extends Group<O> {

        private final @Nullable Object key;
        private final AggregationStrategy<? super I, ? extends O> gathered;
        private long bytes;

        Gathering(@Nullable Object key, AggregationStrategy<? super I, ? extends O> gathered) {
            this.key = FieldKey.kept(key);
            this.gathered = gathered;
        }

        @Override
        protected @Nullable O result(Context context) throws Exception {
            O made = gathered.flush();
            return fields == null || made == null ? made : withKey(fields, made);
        }

        @SuppressWarnings("unchecked") // aggregates of fields are a map, and the user takes what the section says
        private O withKey(FieldKey fields, O made) {
            Map<String, @Nullable Object> result = new LinkedHashMap<>();
            fields.put(key, result);
            result.putAll((Map<String, Object>) made);
            if (isPartial()) {
                result.put("partial", true);
            }
            return (O) result;
        }

        @Override
        protected void closed() {
            open.remove(key);
        }

        @Override
        public String toString() {
            return "a group of " + size() + " events, key " + key;
        }
    }

    /** Creates a processor that works as its section says and whose id is {@code AggregatingProcessor}. */
    public AggregatingProcessor(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * Creates a processor that works as its section says.
     *
     * @param id the id, or null for {@code AggregatingProcessor}
     * @param config values that go above the class's defaults and below the file
     */
    public AggregatingProcessor(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        this(app, pipeline, id, config, null, null);
    }

    /**
     * Creates a processor whose key is the section's and whose id is {@code AggregatingProcessor}.
     *
     * @param strategy makes what gathers the events of a group
     */
    public AggregatingProcessor(
            Application app,
            Pipeline pipeline,
            Supplier<? extends AggregationStrategy<? super I, ? extends O>> strategy) {
        this(app, pipeline, null, Map.of(), null, strategy);
    }

    /**
     * @param id the id, or null for {@code AggregatingProcessor}
     * @param config values that go above the class's defaults and below the file
     * @param key returns what the events of a group have in common, equal keys share a group; null for the section's
     * @param strategy makes what gathers the events of a group; null for the section's
     */
    @SuppressWarnings("unchecked") // the user who gives no strategy takes what the section says
    public AggregatingProcessor(
            Application app,
            Pipeline pipeline,
            @Nullable String id,
            Map<String, ?> config,
            @Nullable Function<? super I, ? extends @Nullable Object> key,
            @Nullable Supplier<? extends AggregationStrategy<? super I, ? extends O>> strategy) {
        super(app, pipeline, id, config);
        FieldKey fieldKey = new FieldKey(config().getList("key"));
        this.key = key == null ? fieldKey : key;
        this.fields = strategy == null && config().get("strategy").equals("fields") ? fieldKey : null;
        this.strategy =
                strategy == null ? (Supplier<AggregationStrategy<I, O>>) (Supplier<?>) ofSection(config()) : strategy;
        this.consecutive = key == null && config().getList("key").isEmpty();
        this.size = config().getInt("completion_size");
        this.bytes = config().getSize("completion_bytes");
        this.timeout = config().getDuration("completion_timeout").toMillis();
        this.interval = config().getDuration("completion_interval").toMillis();
        checkEnds();
    }

    private void checkEnds() {
        if (size == 0 && bytes == 0 && timeout == 0 && interval == 0) {
            throw new ConfigException(List.of(config().problem(
                            "completion_size",
                            "must be at least 1 unless completion_bytes, completion_timeout or completion_interval ends a"
                                    + " group, was '0'")));
        }
    }

    private static Supplier<? extends AggregationStrategy<?, ?>> ofSection(Config config) {
        String delimiter = delimiter(config);
        FieldAggregates aggregates = new FieldAggregates(config, config.getList("key"));
        return switch (config.get("strategy")) {
            case "pairs" -> AggregationStrategy::pairs;
            case "text" -> () -> AggregationStrategy.joined(delimiter);
            case "fields" -> aggregates::strategy;
            default -> AggregationStrategy::events;
        };
    }

    private static String delimiter(Config config) {
        String text = config.get("delimiter");
        try {
            return text.translateEscapes();
        } catch (IllegalArgumentException e) {
            throw new ConfigException(List.of(config.problem(
                    "delimiter", "must have no backslashes but in escapes such as \\n and \\\\, was '" + text + "'")));
        }
    }

    @Override
    protected boolean isConsecutive() {
        return consecutive;
    }

    @Override
    protected void process(Context context, I event) throws Exception {
        Object found = key.apply(event);
        Gathering group = open.get(found);
        if (group == null) {
            group = new Gathering(found, strategy.get());
            group.gathered.append(context, event);
            open.put(group.key, group);
            join(group);
            wakeAt(due(group));
        } else {
            group.gathered.append(context, event);
            join(group);
        }
        if (bytes > 0) {
            group.bytes += bytes(event);
        }
        if (group.size() == size || (bytes > 0 && group.bytes >= bytes)) {
            close(group);
        }
    }

    private static long bytes(Object event) {
        if (event instanceof byte[] content) {
            return content.length;
        }
        return event instanceof CharSequence text ? text.length() : 0;
    }

    private long nextInterval(Group<O> group) {
        return group.since() - Math.floorMod(group.since(), interval) + interval;
    }

    @Override
    protected void tick(long now) {
        Group<O> oldest;
        while ((oldest = oldest()) != null && due(oldest) <= now) {
            close(oldest);
        }
        if (oldest != null) {
            wakeAt(due(oldest));
        }
    }

    private long due(Group<O> group) {
        long due = timeout > 0 ? group.since() + timeout : Long.MAX_VALUE;
        return interval > 0 ? Math.min(due, nextInterval(group)) : due;
    }
}
