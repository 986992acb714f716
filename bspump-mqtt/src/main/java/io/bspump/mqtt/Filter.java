package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.datatypes.MqttSharedTopicFilter;
import com.hivemq.client.mqtt.datatypes.MqttTopic;
import com.hivemq.client.mqtt.datatypes.MqttTopicFilter;
import java.util.Objects;

/** A topic filter, perhaps of a shared subscription. Equal when the text is. */
record Filter(String text, MqttTopicFilter parsed) {

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it is none, saying why
     */
    static Filter of(String text) {
        return new Filter(text, MqttTopicFilter.of(text));
    }

    /** The QoS with this number. */
    static MqttQos qos(int code) {
        return Objects.requireNonNull(MqttQos.fromCode(code), "qos");
    }

    boolean matches(MqttTopic topic) {
        boolean hidden = topic.toString().startsWith("$") && startsWithWildcard();
        return !hidden && plain().matches(topic);
    }

    /** Whether it brings everything that the other one brings. A shared subscription brings only a share. */
    boolean covers(Filter other) {
        boolean hidden = other.text.startsWith("$") && startsWithWildcard();
        return !parsed.isShared() && !other.parsed.isShared() && !hidden && parsed.matches(other.parsed);
    }

    private boolean startsWithWildcard() {
        String first = plain().getLevels().get(0);
        return first.equals("#") || first.equals("+");
    }

    private MqttTopicFilter plain() {
        return parsed instanceof MqttSharedTopicFilter shared ? shared.getTopicFilter() : parsed;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Filter filter && filter.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
