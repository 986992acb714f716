package io.bspump.kafka;

import io.bspump.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A text in which {@code {KEY}} stands for a value of an event's context. Immutable. */
final class Template {

    private static final Pattern KEY = Pattern.compile("\\{([^{}]+)}");

    private final String option;

    /** Texts and keys in turn, beginning and ending with a text. */
    private final List<String> parts = new ArrayList<>();

    /**
     * Reads a template.
     *
     * @param option the key under which it stands, for messages
     */
    Template(String option, String text) {
        this.option = option;
        Matcher key = KEY.matcher(text);
        int end = 0;
        while (key.find()) {
            parts.add(text.substring(end, key.start()));
            parts.add(key.group(1));
            end = key.end();
        }
        parts.add(text.substring(end));
    }

    boolean isConstant() {
        return parts.size() == 1;
    }

    /** With something for every key. */
    String sample() {
        return fill(key -> "0");
    }

    String fill(Context context) {
        return fill(key -> {
            Object value = context.get(key);
            if (value == null) {
                throw new IllegalArgumentException("'" + option + "' needs '" + key + "' in the event's context");
            }
            return value;
        });
    }

    private interface Values {
        Object of(String key);
    }

    private String fill(Values values) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            text.append(i % 2 == 0 ? parts.get(i) : values.of(parts.get(i)));
        }
        return text.toString();
    }
}
