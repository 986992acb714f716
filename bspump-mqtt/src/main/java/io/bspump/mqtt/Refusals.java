package io.bspump.mqtt;

import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import com.hivemq.client.mqtt.mqtt3.message.connect.connack.Mqtt3ConnAckReturnCode;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import io.bspump.ErrorClass;
import io.bspump.config.ConfigException;

/** What the reasons mean for which a broker does not let a client in, or throws it out. */
final class Refusals {

    private Refusals() {}

    static ErrorClass classify(Throwable error) {
        if (error instanceof ConfigException) {
            return ErrorClass.CONFIGURATION;
        }
        if (error instanceof TakenOverException) {
            return ErrorClass.AUTHENTICATION; // the only class that is tried again slowly
        }
        if (error instanceof Mqtt5ConnAckException refused) {
            return of(refused.getMqttMessage().getReasonCode());
        }
        if (error instanceof Mqtt3ConnAckException refused) {
            return of(refused.getMqttMessage().getReturnCode());
        }
        boolean expelled = error instanceof Mqtt5DisconnectException disconnected
                && disconnected.getMqttMessage().getReasonCode() == Mqtt5DisconnectReasonCode.NOT_AUTHORIZED;
        return expelled ? ErrorClass.AUTHENTICATION : ErrorClass.TRANSIENT;
    }

    private static ErrorClass of(Mqtt5ConnAckReasonCode code) {
        return switch (code) {
            case BAD_USER_NAME_OR_PASSWORD, NOT_AUTHORIZED, BANNED, BAD_AUTHENTICATION_METHOD ->
                ErrorClass.AUTHENTICATION;
            case UNSUPPORTED_PROTOCOL_VERSION,
                    CLIENT_IDENTIFIER_NOT_VALID,
                    TOPIC_NAME_INVALID,
                    PACKET_TOO_LARGE,
                    RETAIN_NOT_SUPPORTED,
                    QOS_NOT_SUPPORTED -> ErrorClass.CONFIGURATION;
            default -> ErrorClass.TRANSIENT;
        };
    }

    private static ErrorClass of(Mqtt3ConnAckReturnCode code) {
        return switch (code) {
            case BAD_USER_NAME_OR_PASSWORD, NOT_AUTHORIZED -> ErrorClass.AUTHENTICATION;
            case UNSUPPORTED_PROTOCOL_VERSION, IDENTIFIER_REJECTED -> ErrorClass.CONFIGURATION;
            default -> ErrorClass.TRANSIENT;
        };
    }
}
