package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import java.util.List;

/** Who wants messages. */
interface Receiver {

    List<Filter> filters();

    MqttQos qos();

    /**
     * Takes a message, whenever and as many as come; tells the delivery when it is done with it. Any thread.
     *
     * @return false if it takes none any more
     */
    boolean receive(Delivery delivery);

    /** Hears that the broker has refused one of its filters. */
    void refused(Throwable error);
}
