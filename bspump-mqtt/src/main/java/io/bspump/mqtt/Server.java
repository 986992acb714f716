package io.bspump.mqtt;

import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a broker listens.
 *
 * @param tls whether the line is encrypted
 * @param path of the WebSocket; null for plain TCP
 */
record Server(boolean tls, String host, int port, @Nullable String path) {

    private static final int MAX_PORT = 65_535;
    private static final String RULE =
            "must be tcp://HOST[:PORT], ssl://HOST[:PORT], ws://HOST[:PORT][/PATH] or wss://HOST[:PORT][/PATH], was '";
    private static final Map<String, Integer> PORTS =
            Map.of("tcp", 1883, "mqtt", 1883, "ssl", 8883, "tls", 8883, "mqtts", 8883, "ws", 80, "wss", 443);

    /**
     * Reads {@code servers}, {@code server}, or {@code host} and {@code port}, whichever is given first in this order.
     *
     * @throws ConfigException with all that is wrong
     */
    static List<Server> of(Config config) {
        String key = config.contains("servers") ? "servers" : "server";
        List<String> texts = config.getList(key, List.of());
        if (texts.isEmpty()) {
            return List.of(new Server(false, config.get("host"), config.getInt("port"), null));
        }
        List<Server> servers = new ArrayList<>();
        List<ConfigProblem> problems = new ArrayList<>();
        for (String text : texts) {
            Server server = parse(text);
            if (server == null) {
                problems.add(config.problem(key, RULE + config.masked(withoutUser(text)) + "'"));
            } else {
                servers.add(server);
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return servers;
    }

    /** Users and passwords have keys of their own; one that stands here must not be shown. */
    private static String withoutUser(String text) {
        return text.replaceFirst("//.*@", "//***@");
    }

    private static @Nullable Server parse(String text) {
        try {
            URI url = new URI(text.contains("://") ? text : "tcp://" + text);
            String scheme = url.getScheme().toLowerCase(Locale.ROOT);
            Integer usual = PORTS.get(scheme);
            int port = url.getPort();
            if (usual == null || url.getHost() == null || url.getUserInfo() != null || port == 0 || port > MAX_PORT) {
                return null;
            }
            boolean webSocket = scheme.startsWith("ws");
            String path = url.getPath();
            if (!webSocket && path.length() > 1) {
                return null;
            }
            boolean tls = usual == 8883 || scheme.equals("wss");
            String host = url.getHost().replaceAll("[\\[\\]]", "");
            String where = path.isEmpty() ? "/mqtt" : path;
            return new Server(tls, host, port < 0 ? usual : port, webSocket ? where : null);
        } catch (URISyntaxException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        String scheme = path == null ? (tls ? "ssl" : "tcp") : (tls ? "wss" : "ws");
        String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return scheme + "://" + name + ":" + port + (path == null ? "" : path);
    }
}
