package io.bspump.samples.accesslog;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads a line of the combined log format, which Apache and nginx write, into a map:
 *
 * <pre>{@code
 * 203.0.113.7 - ada [21/Nov/2026:03:14:53 +0100] "GET /shop?n=5 HTTP/1.1" 200 5123 "-" "curl/8.8.0"
 * }</pre>
 *
 * becomes {@code host}, {@code user}, {@code @timestamp} (seconds since 1970), {@code method}, {@code path}, {@code protocol},
 * {@code status}, {@code bytes}, {@code referer} and {@code agent}. What the line gives as {@code -} is left out; {@code
 * bytes} is then 0. A request that is none, such as a TLS handshake on a plain port, becomes {@code request} as it stands.
 *
 * <p>Not thread-safe: it remembers the time of the last line.
 */
public final class CombinedLog {

    private final LogTime time = new LogTime();

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException if it has another form; the message names the column
     */
    public Map<String, Object> parse(byte[] event) {
        LogLine line = new LogLine(event);
        Map<String, Object> request = new LinkedHashMap<>();
        put(request, "host", line.word("the host"));
        line.word("the identity");
        put(request, "user", line.word("the user"));
        request.put("@timestamp", line.time(time));
        putRequest(request, line.quoted("the request"));
        request.put("status", line.number("the status", 3));
        request.put("bytes", line.size("the size"));
        put(request, "referer", line.quoted("the referer"));
        put(request, "agent", line.quoted("the agent"));
        line.end();
        return request;
    }

    private static void putRequest(Map<String, Object> request, String text) {
        int first = text.indexOf(' ');
        int last = text.lastIndexOf(' ');
        if (first > 0 && last > first && text.startsWith("HTTP/", last + 1)) {
            request.put("method", text.substring(0, first));
            request.put("path", text.substring(first + 1, last));
            request.put("protocol", text.substring(last + 1));
        } else {
            put(request, "request", text);
        }
    }

    private static void put(Map<String, Object> request, String key, String value) {
        if (!value.equals("-")) {
            request.put(key, value);
        }
    }
}
