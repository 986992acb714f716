package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.ipc.DatagramSink;
import io.bspump.ipc.DatagramSource;
import io.bspump.ipc.StreamClientSink;
import io.bspump.ipc.StreamServerSource;
import io.bspump.ipc.SubProcessSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** Sources and sinks that speak to other programs keep the contracts. */
class NetworkPartsTest {

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "peer");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A peer that keeps each line until it has been acknowledged, and sends it again over its next connection. */
    @Nested
    class LinesComeOverTcp extends SourceContract {

        private final int port = freePort();
        private final Deque<String> lines = new ConcurrentLinkedDeque<>();
        private volatile Thread peer;

        @Override
        protected void prepare(int count) {
            forget();
            for (int i = 0; i < count; i++) {
                lines.add(i + "\n");
            }
            peer = daemon(this::send);
        }

        @AfterEach
        void forget() {
            Thread last = peer;
            if (last != null) {
                last.interrupt();
                try {
                    last.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            lines.clear();
        }

        private void send() {
            while (!lines.isEmpty() && !Thread.currentThread().isInterrupted()) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    socket.setSoTimeout(100);
                    socket.getOutputStream().write(String.join("", lines).getBytes(StandardCharsets.UTF_8));
                    hear(socket);
                } catch (IOException e) {
                    // Nobody listens, or not any more: again.
                    LockSupport.parkNanos(2_000_000);
                }
            }
        }

        private void hear(Socket socket) throws IOException {
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            while (!lines.isEmpty() && !Thread.currentThread().isInterrupted()) {
                try {
                    if (answers.readLine() == null) {
                        return;
                    }
                    lines.remove();
                } catch (SocketTimeoutException e) {
                    // Look whether it is over.
                }
            }
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new StreamServerSource(app, pipeline, "Lines", Map.of("address", "127.0.0.1:" + port, "ack", "ok"));
        }
    }

    /** A peer that sends everything to each source anew: UDP keeps no position. */
    @Nested
    class DatagramsCome extends SourceContract {

        private final List<Thread> peers = new CopyOnWriteArrayList<>();
        private int count;

        @Override
        protected void prepare(int number) {
            count = number;
        }

        @AfterEach
        void end() {
            peers.forEach(Thread::interrupt);
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            DatagramSource source = new DatagramSource(app, pipeline, "Datagrams", Map.of("address", "127.0.0.1:0"));
            peers.add(daemon(() -> send(source)));
            return source;
        }

        private void send(DatagramSource source) {
            Awaitility.await().until(() -> source.listening().isPresent());
            InetSocketAddress target = source.listening().orElseThrow();
            try (DatagramSocket socket = new DatagramSocket()) {
                for (int i = 0; i < count; i++) {
                    byte[] bytes = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
                    socket.send(new DatagramPacket(bytes, bytes.length, target));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Nested
    class LinesOfAProgramAreRead extends SourceContract {

        private int count;

        @Override
        protected void prepare(int number) {
            count = number;
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new SubProcessSource(app, pipeline, "Lines", Map.of("command", "seq " + count));
        }
    }

    @Nested
    class LinesGoOverTcp extends SinkContract {

        private final List<String> received = new CopyOnWriteArrayList<>();
        private ServerSocket server;

        @BeforeEach
        void listen() throws IOException {
            server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
            daemon(() -> {
                while (!server.isClosed()) {
                    try {
                        Socket peer = server.accept();
                        daemon(() -> serve(peer));
                    } catch (IOException e) {
                        return; // closed
                    }
                }
            });
        }

        private void serve(Socket peer) {
            try (peer) {
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(peer.getInputStream(), StandardCharsets.UTF_8));
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    received.add(line);
                    peer.getOutputStream().write("ok\n".getBytes(StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                // The sink was cut.
            }
        }

        @AfterEach
        void close() throws IOException {
            server.close();
        }

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new StreamClientSink(
                    app, pipeline, "Lines", Map.of("address", "127.0.0.1:" + server.getLocalPort(), "ack", "ok"));
        }

        @Override
        protected List<?> events() {
            return List.of("one", "two", "three".getBytes(StandardCharsets.UTF_8), "");
        }

        @Override
        protected List<?> received() {
            return new ArrayList<>(received);
        }

        @Override
        protected Object refused() {
            return "two\nlines";
        }
    }

    @Nested
    class DatagramsGo extends SinkContract {

        private final List<String> received = new ArrayList<>();
        private DatagramChannel peer;

        @BeforeEach
        void listen() throws IOException {
            peer = DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            peer.configureBlocking(false);
        }

        @AfterEach
        void close() throws IOException {
            peer.close();
        }

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            try {
                int port = ((InetSocketAddress) peer.getLocalAddress()).getPort();
                return new DatagramSink(app, pipeline, "Datagrams", Map.of("address", "127.0.0.1:" + port));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        protected List<?> events() {
            return List.of("one", "two", "three".getBytes(StandardCharsets.UTF_8));
        }

        @Override
        protected synchronized List<?> received() {
            try {
                ByteBuffer buffer = ByteBuffer.allocate(100);
                while (peer.receive(buffer) != null) {
                    received.add(StandardCharsets.UTF_8.decode(buffer.flip()).toString());
                    buffer.clear();
                }
                return new ArrayList<>(received);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        protected Object refused() {
            return new byte[70_000];
        }
    }
}
