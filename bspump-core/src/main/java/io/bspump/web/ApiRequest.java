package io.bspump.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request that has been read.
 *
 * @param variables what stands in the path for the names in braces of its route
 * @param query by name; where one comes twice, the last one
 * @param loop where time can be waited for
 */
record ApiRequest(
        String method,
        HttpHeaders headers,
        Map<String, String> variables,
        Map<String, String> query,
        ByteBuffer body,
        EventLoop loop) {

    String id() {
        return variables.getOrDefault("id", "");
    }

    Optional<String> query(String name) {
        return Optional.ofNullable(query.get(name));
    }

    /**
     * A switch in the query: on if it is {@code true} or has no value.
     *
     * @throws ApiError if it is neither that nor {@code false}
     */
    boolean flag(String name) {
        String value = query.getOrDefault(name, "false").toLowerCase(Locale.ROOT);
        return switch (value) {
            case "", "true" -> true;
            case "false" -> false;
            default -> throw new ApiError(400, "bad_query", name + " must be true or false, was '" + value + "'");
        };
    }

    /**
     * The body.
     *
     * @throws ApiError if it is not JSON, or says that it is something else
     */
    JsonNode json(String... types) {
        String type = headers.get("content-type", "").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!List.of(types).contains(type)) {
            throw new ApiError(
                    415,
                    "unsupported_media_type",
                    "the content-type must be " + String.join(" or ", types)
                            + (type.isEmpty() ? ", there was none" : ", was '" + type + "'"));
        }
        try {
            byte[] text = new byte[body.remaining()];
            body.duplicate().get(text);
            JsonNode json = ApiJson.read(text);
            if (json.isMissingNode()) {
                throw new ApiError(400, "bad_json", "the body is empty");
            }
            return json;
        } catch (JsonProcessingException e) {
            throw new ApiError(400, "bad_json", "the body " + ApiJson.explain(e));
        }
    }
}
