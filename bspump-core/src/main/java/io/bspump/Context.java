package io.bspump;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known about one event beside its content: a small mutable map that belongs to the event and travels with it.
 * Keys are those of the Python framework ({@code kafka_key}, {@code filename}, ...). It allocates nothing until a value
 * is put.
 *
 * <p>Not thread-safe. It belongs to the lane; an {@link AsyncProcessor} or a sink may use it until the publisher that
 * it returned has ended.
 */
public final class Context {

    /** A HashMap of its own, or an immutable map that others use as well and that is copied before it is changed. */
    private @Nullable Map<String, Object> values;

    private @Nullable Owner owner;

    /** The next member of the group that the event has joined. */
    @Nullable
    Context next;

    /** Creates a context of its own, for code that calls a component outside a pipeline. */
    public Context() {}

    Context(Owner owner) {
        this.owner = owner;
    }

    /** Creates a context that starts with values that it shares, as long as it changes none of them. */
    Context(Owner owner, Map<String, Object> values) {
        this.owner = owner;
        this.values = values;
    }

    /** Creates the context of an event that was made of another: it starts as a copy. */
    Context(Context parent, Owner owner) {
        this.owner = owner;
        putAll(parent);
    }

    /** Returns the value, or null when there is none. */
    public @Nullable Object get(String key) {
        return values == null ? null : values.get(key);
    }

    /**
     * Returns the value, or null when there is none.
     *
     * @throws ClassCastException if the value is of another type
     */
    public <T> @Nullable T get(String key, Class<T> type) {
        return type.cast(get(key));
    }

    /** Sets a value and returns this context. */
    public Context put(String key, Object value) {
        own().put(key, value);
        return this;
    }

    private Map<String, Object> own() {
        Map<String, Object> own = values;
        if (!(own instanceof HashMap)) {
            own = own == null ? new HashMap<>() : new HashMap<>(own);
            values = own;
        }
        return own;
    }

    /** Copies all values of the other context into this one and returns this context. */
    public Context putAll(Context other) {
        if (values == null && !(other.values instanceof HashMap)) {
            values = other.values;
            return this;
        }
        return other.values == null ? this : putAll(other.values);
    }

    /** Copies all values of the map into this context and returns this context. */
    public Context putAll(Map<String, ?> other) {
        other.forEach(this::put);
        return this;
    }

    /** Removes a value and returns it, or null when there was none. */
    public @Nullable Object remove(String key) {
        return values == null ? null : own().remove(key);
    }

    /** Returns a read-only view of all values. */
    public Map<String, Object> asMap() {
        return values == null ? Map.of() : Collections.unmodifiableMap(values);
    }

    /** Holds the event: it settles only when what is returned has been told of an end of its own, too. */
    Held hold() {
        if (owner == null) {
            throw new IllegalStateException("an event can be held only while a stage has it");
        }
        Held held = owner instanceof Held already ? already : new Held(owner);
        owner = held;
        held.hold();
        return held;
    }

    /** Adds what sources emitted of which the event was made, unless it has ended. */
    void addOrigins(List<Emission<?>> to) {
        if (owner != null) {
            owner.addOrigins(to);
        }
    }

    /** Ends the event. */
    void settle(Settlement how) {
        Owner told = owner;
        if (told == null) {
            throw new IllegalStateException("an event was settled twice, now as " + how);
        }
        owner = null;
        told.settle(how);
    }

    @Override
    public String toString() {
        return asMap().toString();
    }
}
