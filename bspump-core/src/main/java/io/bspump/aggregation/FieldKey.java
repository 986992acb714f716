package io.bspump.aggregation;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The values of some fields as a key. The key of several fields is one object that is used again for the next event, so
 * that looking up makes no garbage: what is kept must be {@link #kept}.
 */
final class FieldKey implements Function<Object, @Nullable Object> {

    private final List<String> fields;
    private final Values probe;

    FieldKey(List<String> fields) {
        this.fields = fields;
        this.probe = new Values(new @Nullable Object[fields.size()]);
    }

    @Override
    public @Nullable Object apply(Object event) {
        if (fields.isEmpty()) {
            return null;
        }
        Map<?, ?> map = Fields.map(event);
        if (fields.size() == 1) {
            return map.get(fields.get(0));
        }
        for (int i = 0; i < probe.values.length; i++) {
            probe.values[i] = map.get(fields.get(i));
        }
        return probe;
    }

    /** Returns the key in a form that stays as it is. */
    static @Nullable Object kept(@Nullable Object key) {
        return key instanceof Values probe ? new Values(probe.values.clone()) : key;
    }

    /** Puts the fields of a key into a result. */
    void put(@Nullable Object key, Map<String, @Nullable Object> result) {
        for (int i = 0; i < fields.size(); i++) {
            result.put(fields.get(i), key instanceof Values several ? several.values[i] : key);
        }
    }

    private static final class Values {

        private final @Nullable Object[] values;

        Values(@Nullable Object[] values) {
            this.values = values;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Values key && Arrays.equals(values, key.values);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return Arrays.toString(values);
        }
    }
}
