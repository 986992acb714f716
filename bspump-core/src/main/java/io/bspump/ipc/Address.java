package io.bspump.ipc;

import io.bspump.Application;
import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A host and a port, as {@code address} of a section has it: {@code HOST:PORT}, {@code HOST PORT}, {@code *:PORT} or {@code PORT}. */
record Address(String host, int port) {

    static final String KEY = "address";
    private static final int MAX_PORT = 65_535;
    private static final Pattern FORM =
            Pattern.compile("(?:(?<host>[^\\s:\\[\\]/]+|\\[[0-9A-Fa-f:.%]+])\\s*(?:\\s|:)\\s*)?(?<port>[0-9]{1,5})");

    /**
     * Reads it from the section.
     *
     * @param everywhere the host when none, or a star, is given
     * @param leastPort 0 where the system may choose the port, 1 otherwise
     */
    static Address of(Config config, String everywhere, int leastPort) {
        Address address = parse(config.get(KEY).strip(), everywhere, leastPort);
        if (address == null) {
            String rule = "must be HOST:PORT with a port between " + leastPort + " and " + MAX_PORT + ", was '"
                    + config.shown(KEY).orElse("") + "'";
            throw new ConfigException(List.of(config.problem(KEY, rule)));
        }
        return address;
    }

    private static @Nullable Address parse(String text, String everywhere, int leastPort) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        int port = Integer.parseInt(matcher.group("port"));
        String host = matcher.group("host");
        if (port < leastPort || port > MAX_PORT) {
            return null;
        }
        return new Address(host == null || host.equals("*") ? everywhere : host.replaceAll("[\\[\\]]", ""), port);
    }

    /** Looks the host up, anew each time it is subscribed, where that may block. */
    Mono<InetSocketAddress> resolve(Application app) {
        return Mono.fromCallable(() -> new InetSocketAddress(InetAddress.getByName(host), port))
                .subscribeOn(app.blocking());
    }

    /** Says what cannot be done with the address, and why: the innermost reason, which is the one of the system. */
    IOException failure(Config config, String deed, Throwable error) {
        Throwable reason = error;
        while (reason.getCause() != null) {
            reason = reason.getCause();
        }
        String text = reason instanceof UnknownHostException ? "the host is not known" : reason.getMessage();
        return new IOException("[" + config.name() + "] cannot " + deed + " '" + this + "': " + text, error);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
