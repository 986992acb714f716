package io.bspump.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The port of a proxy on loopback: it takes connections, refuses them, or leaves them hanging. */
final class ProxyPort {

    /** Takes a connection. */
    interface Door {
        void accept(SocketChannel client) throws IOException;
    }

    private static final int BACKLOG = 1024;
    private static final int SHORTEST_BACKLOG = 1;

    /** A backlog holds one connection more than its length. */
    private static final int FILLERS = SHORTEST_BACKLOG + 2;

    private final SocketChannel reservation;
    private final InetSocketAddress address;
    private final List<SocketChannel> fillers = new ArrayList<>();
    private @Nullable ServerSocketChannel listener;
    private boolean open;

    ProxyPort() throws IOException {
        // While nothing listens, a bound socket keeps the system from giving the port to others: to another server, or
        // to
        // a client that would then, by dialling the port, be connected to itself.
        reservation = bound(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        address = (InetSocketAddress) reservation.getLocalAddress();
    }

    private static SocketChannel bound(InetSocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        return channel.bind(address);
    }

    InetSocketAddress address() {
        return address;
    }

    /** Takes connections from now on, if it does not yet. */
    void open(ProxyLoop loop, Door door) {
        if (!open) {
            listen(loop, BACKLOG, SelectionKey.OP_ACCEPT, door);
            open = true;
        }
    }

    /** Leaves those who dial without an answer: the backlog is full and stays so. */
    void hang(ProxyLoop loop) {
        listen(loop, SHORTEST_BACKLOG, 0, client -> {});
        try {
            for (int i = 0; i < FILLERS; i++) {
                SocketChannel filler = SocketChannel.open();
                fillers.add(filler);
                filler.configureBlocking(false);
                filler.connect(address);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot fill the backlog of " + address, e);
        }
    }

    private void listen(ProxyLoop loop, int backlog, int interest, Door door) {
        shut(loop);
        try {
            ServerSocketChannel channel = ServerSocketChannel.open();
            listener = channel;
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(address, backlog);
            loop.register(channel, interest, key -> accept(channel, door));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on " + address, e);
        }
    }

    private void accept(ServerSocketChannel from, Door door) {
        try {
            SocketChannel client = from.accept();
            while (client != null) {
                door.accept(client);
                client = from.accept();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot take connections on " + address, e);
        }
    }

    /** Refuses those who dial; those who were not yet taken are reset. */
    void shut(ProxyLoop loop) {
        closeAll();
        loop.closeForCertain();
    }

    private void closeAll() {
        open = false;
        try {
            for (SocketChannel filler : fillers) {
                filler.close();
            }
            fillers.clear();
            if (listener != null) {
                listener.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + address, e);
        }
    }

    /** Gives the port back. */
    void close() {
        closeAll();
        try {
            reservation.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + address, e);
        }
    }
}
