package io.bspump.web;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the management API listens.
 *
 * @param host as it was written; a loopback address if none was
 * @param address what it means
 * @param port 0 for any that is free
 */
record ListenAddress(String host, InetAddress address, int port) {

    private static final Pattern FORM =
            Pattern.compile("(?:(?<host>[^:\\[\\]\\s]*):|\\[(?<six>[0-9a-fA-F:.%\\w]+)]:)?(?<port>\\d{1,5})");
    private static final int MAX_PORT = 65_535;

    /** Understands {@code 8080}, {@code 127.0.0.1:8080}, {@code [::1]:0}, {@code name:8080}. */
    static Optional<ListenAddress> parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches() || Integer.parseInt(matcher.group("port")) > MAX_PORT) {
            return Optional.empty();
        }
        String six = matcher.group("six");
        String name = six == null ? matcher.group("host") : six;
        String host = name == null || name.isEmpty() ? "127.0.0.1" : name;
        try {
            return Optional.of(
                    new ListenAddress(host, InetAddress.getByName(host), Integer.parseInt(matcher.group("port"))));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    boolean isLoopback() {
        return address.isLoopbackAddress();
    }

    InetSocketAddress socket() {
        return new InetSocketAddress(address, port);
    }

    /** The URL by which a program on the same machine reaches a port. */
    String url(int boundPort) {
        String name = address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
        return "http://" + (name.indexOf(':') < 0 ? name : "[" + name + "]") + ":" + boundPort;
    }
}
