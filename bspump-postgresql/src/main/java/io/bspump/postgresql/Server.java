package io.bspump.postgresql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a server listens. */
record Server(String host, int port) {

    private static final Pattern TEXT = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]/]+)(?::(\\d{1,5}))?");
    private static final int MAX_PORT = 65_535;

    /** Reads {@code HOST} or {@code HOST:PORT}; null if the text is neither. */
    static @Nullable Server parse(String text, int defaultPort) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        int port = parts.group(2) == null ? defaultPort : Integer.parseInt(parts.group(2));
        String host = parts.group(1).replaceAll("[\\[\\]]", "");
        return port < 1 || port > MAX_PORT ? null : new Server(host, port);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
