package io.bspump.mqtt;

import com.hivemq.client.mqtt.mqtt5.message.Mqtt5ReasonCode;
import java.util.Locale;

/** A reason code of MQTT 5 in words. */
final class Reason {

    private Reason() {}

    static String of(Mqtt5ReasonCode code) {
        String words = code.toString().replace('_', ' ').toLowerCase(Locale.ROOT);
        return words + " (0x" + Integer.toHexString(code.getCode()).toUpperCase(Locale.ROOT) + ")";
    }
}
