package io.bspump.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttTopic;
import com.hivemq.client.mqtt.datatypes.MqttUtf8String;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserPropertiesBuilder;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishBuilder;
import io.bspump.Context;
import io.bspump.config.Config;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The properties that a message of MQTT 5 has beside its content. */
record Properties(
        @Nullable MqttUtf8String contentType,
        @Nullable MqttTopic responseTopic,
        @Nullable ByteBuffer correlationData,
        @Nullable Long expirySeconds,
        Mqtt5UserProperties user) {

    static final String CONTENT_TYPE = "mqtt_content_type";
    static final String RESPONSE_TOPIC = "mqtt_response_topic";
    static final String CORRELATION_DATA = "mqtt_correlation_data";
    static final String MESSAGE_EXPIRY = "mqtt_message_expiry";
    static final String USER_PROPERTIES = "mqtt_user_properties";
    private static final long MOST = 0xFFFF_FFFFL;

    /** Whether a message that came has any. */
    static boolean arePresent(Mqtt5Publish publish) {
        return publish.getContentType().isPresent()
                || publish.getResponseTopic().isPresent()
                || publish.getCorrelationData().isPresent()
                || publish.getMessageExpiryInterval().isPresent()
                || !publish.getUserProperties().asList().isEmpty();
    }

    /** Those of a message that came, under the keys of the context. */
    static Map<String, Object> toContext(Mqtt5Publish publish) {
        Map<String, Object> values = new HashMap<>();
        publish.getContentType().ifPresent(type -> values.put(CONTENT_TYPE, type.toString()));
        publish.getResponseTopic().ifPresent(topic -> values.put(RESPONSE_TOPIC, topic.toString()));
        publish.getCorrelationData().ifPresent(data -> values.put(CORRELATION_DATA, bytes(data)));
        publish.getMessageExpiryInterval().ifPresent(seconds -> values.put(MESSAGE_EXPIRY, seconds));
        Map<String, List<String>> user = new LinkedHashMap<>();
        for (Mqtt5UserProperty property : publish.getUserProperties().asList()) {
            user.computeIfAbsent(property.getName().toString(), name -> new ArrayList<>())
                    .add(property.getValue().toString());
        }
        if (!user.isEmpty()) {
            values.put(USER_PROPERTIES, user);
        }
        return values;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] copy = new byte[buffer.remaining()];
        buffer.get(copy);
        return copy;
    }

    /**
     * Those that the section of a sink gives to all its messages; null if it gives none.
     *
     * @throws IllegalArgumentException if one cannot be sent
     */
    static @Nullable Properties of(Config config) {
        Map<String, Object> values = new HashMap<>();
        if (config.contains("content_type")) {
            values.put(CONTENT_TYPE, config.get("content_type"));
        }
        if (config.contains("response_topic")) {
            values.put(RESPONSE_TOPIC, config.get("response_topic"));
        }
        if (config.contains("message_expiry")) {
            values.put(MESSAGE_EXPIRY, config.getDuration("message_expiry").toSeconds());
        }
        Map<String, String> user = new LinkedHashMap<>();
        for (String property : config.getList("user_properties", List.of())) {
            int equals = property.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("user_properties must be NAME=VALUE, was '" + property + "'");
            }
            user.put(
                    property.substring(0, equals).strip(),
                    property.substring(equals + 1).strip());
        }
        if (!user.isEmpty()) {
            values.put(USER_PROPERTIES, user);
        }
        return values.isEmpty() ? null : of(new Context().putAll(values), null);
    }

    /**
     * Those of one event: what stands in its context, otherwise the defaults.
     *
     * @throws IllegalArgumentException if one cannot be sent, naming it
     */
    static @Nullable Properties of(Context context, @Nullable Properties defaults) {
        Object type = context.get(CONTENT_TYPE);
        Object topic = context.get(RESPONSE_TOPIC);
        Object data = context.get(CORRELATION_DATA);
        Object expiry = context.get(MESSAGE_EXPIRY);
        Object user = context.get(USER_PROPERTIES);
        if (type == null && topic == null && data == null && expiry == null && user == null) {
            return defaults;
        }
        return new Properties(
                type == null ? (defaults == null ? null : defaults.contentType) : MqttUtf8String.of(type.toString()),
                topic == null ? (defaults == null ? null : defaults.responseTopic) : MqttTopic.of(topic.toString()),
                data == null ? null : correlation(data),
                expiry == null ? (defaults == null ? null : defaults.expirySeconds) : Long.valueOf(seconds(expiry)),
                user == null ? (defaults == null ? Mqtt5UserProperties.of() : defaults.user) : user(user));
    }

    private static ByteBuffer correlation(Object data) {
        if (data instanceof byte[] bytes) {
            return ByteBuffer.wrap(bytes);
        }
        if (data instanceof CharSequence text) {
            return ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
        }
        throw wrong(CORRELATION_DATA, "bytes or text", data);
    }

    private static long seconds(Object expiry) {
        if (expiry instanceof Number number && number.longValue() >= 0 && number.longValue() <= MOST) {
            return number.longValue();
        }
        throw wrong(MESSAGE_EXPIRY, "a number of seconds between 0 and " + MOST, expiry);
    }

    private static Mqtt5UserProperties user(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw wrong(USER_PROPERTIES, "a map of texts, or of lists of texts", value);
        }
        Mqtt5UserPropertiesBuilder builder = Mqtt5UserProperties.builder();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            for (Object each : entry.getValue() instanceof List<?> list ? list : List.of(entry.getValue())) {
                builder = builder.add(entry.getKey().toString(), each.toString());
            }
        }
        return builder.build();
    }

    private static IllegalArgumentException wrong(String key, String rule, Object value) {
        return new IllegalArgumentException(key + " in the event's context must be " + rule + ", was a "
                + value.getClass().getSimpleName());
    }

    Mqtt5PublishBuilder.Complete addTo(Mqtt5PublishBuilder.Complete builder) {
        Mqtt5PublishBuilder.Complete with = builder.contentType(contentType)
                .responseTopic(responseTopic)
                .correlationData(correlationData)
                .userProperties(user);
        return expirySeconds == null ? with : with.messageExpiryInterval(expirySeconds);
    }
}
