package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One message as it came over a link. It is acknowledged when all who got it are done with it. Safe for use by many threads. */
final class Delivery {

    private final Link link;
    private final String topic;
    private final MqttQos qos;
    private final boolean retain;
    private final byte[] payload;
    private final @Nullable Mqtt5Publish properties;
    private final @Nullable Runnable acknowledgement;
    private final AtomicInteger holders = new AtomicInteger();

    /**
     * @param properties what carries the properties of MQTT 5; null where there are none
     * @param acknowledgement null for QoS 0
     */
    Delivery(
            Link link,
            String topic,
            MqttQos qos,
            boolean retain,
            byte[] payload,
            @Nullable Mqtt5Publish properties,
            @Nullable Runnable acknowledgement) {
        this.link = link;
        this.topic = topic;
        this.qos = qos;
        this.retain = retain;
        this.payload = payload;
        this.properties = properties;
        this.acknowledgement = acknowledgement;
    }

    String topic() {
        return topic;
    }

    MqttQos qos() {
        return qos;
    }

    boolean retain() {
        return retain;
    }

    byte[] payload() {
        return payload;
    }

    @Nullable
    Mqtt5Publish properties() {
        return properties;
    }

    /** Whether the broker waits for an acknowledgement. */
    boolean isAcknowledged() {
        return acknowledgement != null;
    }

    /** Whether it came over a link that is gone and the broker has promised to send it again. */
    boolean comesAgain() {
        return acknowledgement != null && link.isSucceeded();
    }

    /** Notes that so many more have to be done with it; before they get it, and while somebody else holds it. */
    void hold(int more) {
        holders.addAndGet(more);
    }

    /** One of those who got it is done with it. */
    void done() {
        if (acknowledgement != null && holders.decrementAndGet() == 0) {
            link.acknowledge(acknowledgement);
        }
    }
}
