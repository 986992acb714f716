package io.bspump.test;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers each line: the first, {@code login PASSWORD}, with yes or no, the others with the same. */
final class LineServer implements AutoCloseable {

    static final String PASSWORD = "open sesame";

    private final ServerSocket listener;
    private final Consumer<String> heard;
    private volatile String password = PASSWORD;
    private final Set<Socket> peers = ConcurrentHashMap.newKeySet();
    private final Thread acceptor = new Thread(this::accept, "line-server");

    LineServer() throws IOException {
        this(line -> {});
    }

    /** Starts one that tells what it hears, before it answers. */
    LineServer(Consumer<String> heard) throws IOException {
        this.heard = heard;
        listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        acceptor.start();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    /** Wants another password from now on, and ends all links. */
    void rotate(String next) throws IOException {
        password = next;
        for (Socket peer : peers) {
            peer.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket peer = listener.accept();
                peers.add(peer);
                new Thread(() -> serve(peer), "line-server-peer").start();
            }
        } catch (IOException e) {
            // Closed.
            return;
        }
    }

    private void serve(Socket peer) {
        try (peer) {
            peer.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(peer.getInputStream());
            String login = line(in);
            boolean known = ("login " + password).equals(login);
            String answer = known ? "yes" : "no, " + login;
            while (login != null && answer != null) {
                peer.getOutputStream().write((answer + "\n").getBytes(StandardCharsets.UTF_8));
                answer = known ? line(in) : null;
                if (answer != null) {
                    heard.accept(answer);
                }
            }
        } catch (IOException e) {
            // The client is gone.
            return;
        } finally {
            peers.remove(peer);
        }
    }

    /** Returns a whole line; null when the client has gone before its end. */
    private static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        while (next >= 0 && next != '\n') {
            line.write(next);
            next = in.read();
        }
        return next < 0 ? null : line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket peer : peers) {
            peer.close();
        }
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
