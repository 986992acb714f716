package io.bspump;

import java.util.Objects;

/**
 * A place that a {@link Connection} dials.
 *
 * @param host its name or address
 * @param port from 1 to 65535
 * @param tls whether it speaks TLS from the first byte
 */
public record Endpoint(String host, int port, boolean tls) {

    public Endpoint {
        Objects.requireNonNull(host, "host");
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
