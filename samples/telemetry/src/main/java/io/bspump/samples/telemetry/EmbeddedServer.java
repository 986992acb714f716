package io.bspump.samples.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/** A server that the sample brings along, on a port of the loopback interface. Its methods block. */
interface EmbeddedServer {

    /** What people call it. */
    String name();

    /** Says where it listens and how to look into it. */
    String invitation();

    /** Starts it, also again after a stop, with what it had stored then. */
    void start(Path directory) throws Exception;

    /** Stops it; it keeps its files. */
    void stop() throws Exception;

    /** Leaves only errors of what a library logs, unless {@code [logging] levels} says otherwise. */
    static void quieten(String logger) {
        if (LoggerFactory.getLogger(logger) instanceof Logger found && found.getLevel() == null) {
            found.setLevel(Level.ERROR);
        }
    }

    /** A port that nobody listens on. */
    static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("there is no free port for an embedded server", e);
        }
    }
}
