package io.bspump.test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Answers each line: the first, {@code login PASSWORD}, with yes or no, the others with the same. */
final class LineServer implements AutoCloseable {

    static final String PASSWORD = "open sesame";

    private final ServerSocket listener;
    private final Set<Socket> peers = ConcurrentHashMap.newKeySet();
    private final Thread acceptor = new Thread(this::accept, "line-server");

    LineServer() throws IOException {
        listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        acceptor.start();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
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
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(peer.getInputStream(), StandardCharsets.UTF_8));
            String login = lines.readLine();
            boolean known = ("login " + PASSWORD).equals(login);
            String answer = known ? "yes" : "no, " + login;
            while (answer != null) {
                peer.getOutputStream().write((answer + "\n").getBytes(StandardCharsets.UTF_8));
                answer = known ? lines.readLine() : null;
            }
        } catch (IOException e) {
            // The client is gone.
            return;
        } finally {
            peers.remove(peer);
        }
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
