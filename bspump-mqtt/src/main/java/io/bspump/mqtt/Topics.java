package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttTopic;
import java.util.HashMap;
import java.util.Map;

/** Topics that were used before, so that they are checked once. Not thread-safe. */
final class Topics {

    private static final int MOST = 10_000;

    private final Map<String, MqttTopic> known = new HashMap<>();

    /**
     * Reads a topic.
     *
     * @throws IllegalArgumentException if it is no topic
     */
    MqttTopic of(String text) {
        MqttTopic topic = known.get(text);
        if (topic == null) {
            topic = parse(text);
            if (known.size() >= MOST) {
                known.clear();
            }
            known.put(text, topic);
        }
        return topic;
    }

    private static MqttTopic parse(String text) {
        try {
            return MqttTopic.of(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no topic to publish to: it must not be empty, nor have a wildcard", e);
        }
    }
}
