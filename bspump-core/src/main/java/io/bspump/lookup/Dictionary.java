package io.bspump.lookup;

import io.bspump.json.JsonDocument;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the map of a dictionary from its text. */
final class Dictionary {

    private final String what;
    private final String keyField;
    private final Map<String, Object> entries = new LinkedHashMap<>();

    private Dictionary(String what, String keyField) {
        this.what = what;
        this.keyField = keyField;
    }

    /**
     * Reads one object, or objects with a field that is their key. Nothing in the map can be changed.
     *
     * @param what names the text in errors
     * @param keyField the field, or empty for one object
     * @throws IllegalArgumentException naming the place, if it is something else
     */
    static Map<String, Object> parse(String what, byte[] json, String keyField) {
        Dictionary dictionary = new Dictionary(what, keyField);
        List<@Nullable Object> values = JsonDocument.read(what, json);
        if (keyField.isEmpty()) {
            dictionary.addObject(values);
        } else if (values.size() == 1 && values.get(0) instanceof List<?> records) {
            dictionary.addRecords(records);
        } else {
            dictionary.addRecords(values);
        }
        return dictionary.entries;
    }

    private void addObject(List<@Nullable Object> values) {
        if (values.size() != 1 || !(values.get(0) instanceof Map<?, ?> object)) {
            throw new IllegalArgumentException(
                    what + " must be one JSON object; for several objects say key, the field that tells them apart");
        }
        object.forEach((key, value) -> {
            if (value != null) {
                entries.put(String.valueOf(key), frozen(value));
            }
        });
    }

    private void addRecords(List<?> records) {
        int number = 0;
        for (Object record : records) {
            number++;
            if (!(record instanceof Map<?, ?> fields)) {
                throw new IllegalArgumentException(what + ": record " + number + " must be a JSON object");
            }
            Object key = fields.get(keyField);
            if (key == null || key instanceof Map || key instanceof List) {
                throw new IllegalArgumentException(
                        what + ": record " + number + " must have a text or a number in its field '" + keyField + "'");
            }
            if (entries.put(key.toString(), frozen(fields)) != null) {
                throw new IllegalArgumentException(
                        what + ": record " + number + " has the same '" + keyField + "' as one before it");
            }
        }
    }

    /** Values go into events of many pipelines; who changed one there would change it for all. */
    @SuppressWarnings("unchecked") // the values are as JsonDocument made them
    private static Object frozen(Object value) {
        if (value instanceof Map<?, ?> map) {
            ((Map<String, @Nullable Object>) map).replaceAll((field, inner) -> inner == null ? null : frozen(inner));
            return Collections.unmodifiableMap(map);
        }
        if (value instanceof List<?> list) {
            ((List<@Nullable Object>) list).replaceAll(inner -> inner == null ? null : frozen(inner));
            return Collections.unmodifiableList(list);
        }
        return value;
    }
}
