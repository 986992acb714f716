package io.bspump.routing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Copies events, so that two pipelines can change theirs. */
final class EventCopy {

    private EventCopy() {}

    /** Copies maps, lists, sets and arrays deeply; other objects are taken for immutable. */
    static Object of(Object event) {
        if (event instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            map.forEach((key, value) -> copy.put(key, value == null ? null : of(value)));
            return copy;
        }
        if (event instanceof List<?> list) {
            List<Object> copy = new ArrayList<>(list.size());
            list.forEach(value -> copy.add(value == null ? null : of(value)));
            return copy;
        }
        if (event instanceof Set<?> set) {
            return new LinkedHashSet<>(set); // what is in a set must not change anyway
        }
        if (event instanceof byte[] bytes) {
            return bytes.clone();
        }
        return event instanceof Object[] array ? copied(array) : event;
    }

    private static Object[] copied(Object[] array) {
        Object[] copy = array.clone();
        for (int i = 0; i < copy.length; i++) {
            if (copy[i] != null) {
                copy[i] = of(copy[i]);
            }
        }
        return copy;
    }
}
