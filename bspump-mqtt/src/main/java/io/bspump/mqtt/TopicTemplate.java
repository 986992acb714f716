package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttTopic;
import io.bspump.Context;
import io.bspump.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A topic in which {@code {KEY}} stands for a value of an event's context. Immutable. */
final class TopicTemplate {

    private static final Pattern KEY = Pattern.compile("\\{([^{}]+)}");

    /** Texts and keys in turn, beginning and ending with a text. */
    private final List<String> parts;

    private final @Nullable MqttTopic constant;

    private TopicTemplate(List<String> parts, @Nullable MqttTopic constant) {
        this.parts = parts;
        this.constant = constant;
    }

    /** Reads {@code topic} of a section; null if it is not given. */
    static @Nullable TopicTemplate of(Config config) {
        String text = config.get("topic", "");
        if (text.isEmpty()) {
            return null;
        }
        List<String> parts = new ArrayList<>();
        Matcher key = KEY.matcher(text);
        int end = 0;
        while (key.find()) {
            parts.add(text.substring(end, key.start()));
            parts.add(key.group(1));
            end = key.end();
        }
        parts.add(text.substring(end));
        try {
            MqttTopic sample = MqttTopic.of(key.reset().replaceAll("x"));
            return new TopicTemplate(parts, parts.size() == 1 ? sample : null);
        } catch (IllegalArgumentException e) {
            throw config.invalid("topic", "must be a topic without the wildcards + and #");
        }
    }

    MqttTopic topic(Context context, Topics topics) {
        if (constant != null) {
            return constant;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            text.append(i % 2 == 0 ? parts.get(i) : value(context, parts.get(i)));
        }
        return topics.of(text.toString());
    }

    private static Object value(Context context, String key) {
        Object value = context.get(key);
        if (value == null) {
            throw new IllegalArgumentException("the topic needs '" + key + "' in the event's context");
        }
        return value;
    }
}
