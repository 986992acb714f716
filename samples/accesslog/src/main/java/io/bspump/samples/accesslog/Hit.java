package io.bspump.samples.accesslog;

import java.util.Map;

/**
 * What is counted of a request. It is small, and so is what a minute holds: all hits of a minute are on their way until it has
 * been written.
 *
 * @param seconds when it was, since 1970
 * @param status the answer
 * @param bytes the size of the answer
 */
record Hit(long seconds, Integer status, long bytes) {

    static Hit of(Map<String, Object> request) {
        return new Hit(
                (Long) request.getOrDefault("@timestamp", 0L), (Integer) request.getOrDefault("status", 0), (Long)
                        request.getOrDefault("bytes", 0L));
    }
}
