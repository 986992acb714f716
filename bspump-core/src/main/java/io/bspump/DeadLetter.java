package io.bspump;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An event that failed for good, as it reaches the dead-letter target.
 *
 * @param pipeline the id of the pipeline in which it failed
 * @param stage the id of the stage that failed
 * @param event the event as it went into that stage
 * @param context a copy of its context
 * @param error the last error
 * @param attempts how often the stage was tried
 * @param time when it was given up
 */
public record DeadLetter(
        String pipeline,
        String stage,
        Object event,
        Map<String, Object> context,
        Throwable error,
        int attempts,
        Instant time) {

    static DeadLetter of(String pipeline, Failure failure, Instant time) {
        return new DeadLetter(
                pipeline,
                failure.stage.id,
                failure.event,
                Map.copyOf(failure.context.asMap()),
                failure.error,
                failure.attempt + 1,
                time);
    }

    /**
     * Returns the letter as a map for serializers: {@code pipeline, stage, error, message, attempts, time, context, event}.
     * Bytes that are UTF-8 text appear as text.
     */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("pipeline", pipeline);
        map.put("stage", stage);
        map.put("error", error.getClass().getName());
        map.put("message", String.valueOf(error.getMessage()));
        map.put("attempts", attempts);
        map.put("time", time.toString());
        map.put("context", context);
        map.put("event", readable(event));
        return map;
    }

    private static Object readable(Object event) {
        if (!(event instanceof byte[] bytes)) {
            return event;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return bytes; // serializers have their own form for bytes
        }
    }
}
