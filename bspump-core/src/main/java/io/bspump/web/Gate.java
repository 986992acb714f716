package io.bspump.web;

import io.bspump.config.Secret;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Lets in who may ask: with a token those who send it; without one, which is possible on loopback only, programs of this
 * machine, and no pages of other sites in its browsers.
 */
final class Gate {

    private static final String SCHEME = "bearer ";

    private final WebSettings settings;
    private final Set<String> hosts = new HashSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));

    Gate(WebSettings settings) {
        this.settings = settings;
        settings.listen().ifPresent(listen -> {
            String host = listen.host().toLowerCase(Locale.ROOT);
            hosts.add(host.indexOf(':') < 0 ? host : "[" + host + "]");
        });
    }

    /**
     * Checks a request.
     *
     * @throws ApiError if it is refused
     */
    void check(String method, HttpHeaders headers) {
        if (settings.hasToken()) {
            checkToken(headers.get("authorization", ""));
        } else {
            checkHost(headers);
            checkOrigin(method, headers);
        }
    }

    private void checkToken(String authorization) {
        boolean bearer = authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        // Secrets compare in constant time.
        if (!bearer
                || !Secret.of(authorization.substring(SCHEME.length()).strip()).equals(settings.token())) {
            throw new ApiError(
                            401,
                            "unauthorized",
                            "the header 'Authorization: Bearer TOKEN' with [web] token is required")
                    .header("www-authenticate", "Bearer");
        }
    }

    /** A page of another site whose name has been made to lead here still says that name. */
    private void checkHost(HttpHeaders headers) {
        String host = headers.get("host", "");
        if (!hosts.contains(name(host))) {
            throw new ApiError(
                    403,
                    "forbidden_host",
                    "the header Host must name localhost or the address of [web] listen, was '" + host + "'");
        }
    }

    private void checkOrigin(String method, HttpHeaders headers) {
        boolean reads = method.equals("GET") || method.equals("HEAD");
        String origin = headers.get("origin", "");
        int scheme = origin.indexOf("://");
        boolean own = origin.isEmpty() || (scheme > 0 && hosts.contains(name(origin.substring(scheme + 3))));
        boolean crossSite = headers.get("sec-fetch-site", "").equals("cross-site");
        if (!reads && (!own || crossSite)) {
            throw new ApiError(403, "forbidden_origin", "a page of another site must not change anything here");
        }
    }

    private static String name(String hostAndPort) {
        String text = hostAndPort.strip().toLowerCase(Locale.ROOT);
        int end = text.startsWith("[") ? text.indexOf(']') + 1 : text.indexOf(':');
        return end <= 0 ? text : text.substring(0, end);
    }
}
