package io.bspump.test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Sends back what it gets, and remembers it; each connection has a thread. */
final class EchoServer implements AutoCloseable {

    /** One connection as the server saw it. */
    static final class Peer {
        private final Socket socket;
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();
        private volatile String end = "open";

        private Peer(Socket socket) {
            this.socket = socket;
        }

        byte[] received() {
            return received.toByteArray();
        }

        /** "open", "end of stream" or the message of the error. */
        String end() {
            return end;
        }

        Socket socket() {
            return socket;
        }

        private void serve(boolean echo) {
            try (socket) {
                byte[] buffer = new byte[8192];
                int read = socket.getInputStream().read(buffer);
                while (read >= 0) {
                    received.write(buffer, 0, read);
                    if (echo) {
                        socket.getOutputStream().write(buffer, 0, read);
                    }
                    read = socket.getInputStream().read(buffer);
                }
                end = "end of stream";
            } catch (IOException e) {
                end = String.valueOf(e.getMessage());
            }
        }
    }

    private final ServerSocket listener;
    private final boolean echo;
    private final List<Peer> peers = new CopyOnWriteArrayList<>();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    private EchoServer(int port, boolean echo) throws IOException {
        this.echo = echo;
        listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        start(new Thread(this::accept, "echo-server"));
    }

    static EchoServer start() throws IOException {
        return new EchoServer(0, true);
    }

    static EchoServer silent() throws IOException {
        return new EchoServer(0, false);
    }

    int port() {
        return listener.getLocalPort();
    }

    List<Peer> peers() {
        return peers;
    }

    Peer peer() {
        return peers.get(peers.size() - 1);
    }

    private void start(Thread thread) {
        threads.add(thread);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Peer peer = new Peer(listener.accept());
                peers.add(peer);
                start(new Thread(
                        () -> {
                            peer.serve(echo);
                            threads.remove(Thread.currentThread());
                        },
                        "echo-server-peer"));
            }
        } catch (IOException e) {
            // Closed.
            return;
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Peer peer : peers) {
            peer.socket().close();
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
