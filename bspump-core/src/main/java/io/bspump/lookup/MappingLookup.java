package io.bspump.lookup;

import io.bspump.Application;
import io.bspump.Lookup;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A lookup whose data is a map in memory. A load makes a new map, which takes the place of the old one at once and as a
 * whole. Any thread may look things up, without locks.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public abstract class MappingLookup<K, V> extends Lookup {

    /** What lookups of this kind understand besides. */
    public static final Options OPTIONS = Options.of(Option.duration("refresh")
            .defaultTo("0s")
            .doc("How long after a load the data is looked at again; never if 0."));

    private volatile @Nullable Map<K, V> snapshot;

    /** Has the data when this one has none because another one has taken its place. */
    private volatile @Nullable MappingLookup<K, V> next;

    /** Makes a lookup that is configured by its section alone. */
    protected MappingLookup(Application app, String id) {
        this(app, id, Map.of());
    }

    /**
     * Makes a lookup.
     *
     * @param config values that the file may override
     */
    protected MappingLookup(Application app, String id, Map<String, ?> config) {
        super(app, id, config);
    }

    /**
     * Reads all of the data, on a thread that may block; empty if it has not changed since the last time. The map must not
     * be changed afterwards, and must be one that can be asked for keys of any type, as a hash map can.
     */
    protected abstract Mono<Map<K, V>> read();

    /**
     * Returns the value, or null when there is none.
     *
     * @throws IllegalStateException if the data has not been loaded yet and the lookup is not optional
     */
    public final @Nullable V get(K key) {
        MappingLookup<K, V> place = place();
        V value = place.data().get(key);
        place.count(value != null);
        return value;
    }

    /**
     * Tells whether there is a value.
     *
     * @throws IllegalStateException as {@link #get}
     */
    public final boolean contains(K key) {
        return get(key) != null;
    }

    /** How many entries there are; 0 before the data is loaded. */
    public final int size() {
        Map<K, V> data = place().snapshot;
        return data == null ? 0 : data.size();
    }

    /**
     * Returns all there is at this moment; it does not change.
     *
     * @throws IllegalStateException as {@link #get}
     */
    public final Map<K, V> asMap() {
        return place().data();
    }

    /** Like {@link #get}, for a key of any type, which stands for its text if there is no such key. */
    final @Nullable V getAny(Object key) {
        MappingLookup<K, V> place = place();
        Map<K, V> data = place.data();
        V value = data.get(key);
        if (value == null && !(key instanceof String)) {
            value = data.get(key.toString());
        }
        place.count(value != null);
        return value;
    }

    @Override
    @SuppressWarnings("unchecked") // of the same class, made from the same code
    protected final boolean follow(Lookup other) {
        if (other.getClass() != getClass()) {
            return false;
        }
        next = (MappingLookup<K, V>) other;
        snapshot = null;
        return true;
    }

    /** The one that has the data: this, or the one that has taken its place. */
    private MappingLookup<K, V> place() {
        MappingLookup<K, V> following = next;
        if (following == null) {
            return this;
        }
        MappingLookup<K, V> last = following.place();
        next = last;
        return last;
    }

    @Override
    protected final Mono<Void> load() {
        return read().doOnNext(this::replace).then();
    }

    @Override
    protected final Duration refreshInterval() {
        return config().getDuration("refresh");
    }

    @Override
    protected final long entries() {
        return size();
    }

    private Map<K, V> data() {
        Map<K, V> data = snapshot;
        if (data != null) {
            return data;
        }
        MappingLookup<K, V> place = place();
        if (place != this) {
            return place.data(); // it came in between
        }
        if (isOptional()) {
            return Map.of();
        }
        throw new IllegalStateException(this + " is not loaded yet");
    }

    private void replace(Map<K, V> data) {
        Map<K, V> old = snapshot;
        snapshot = Collections.unmodifiableMap(data);
        if (!data.equals(old)) {
            changed();
        }
    }
}
