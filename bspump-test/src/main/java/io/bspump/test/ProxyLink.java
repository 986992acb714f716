package io.bspump.test;

import io.bspump.test.FaultProxy.Direction;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection to the proxy, the proxy's connection to the server, and the two pipes between. The server is dialled
 * as soon as something may go to it. Used on the loop's thread only.
 */
final class ProxyLink {

    private static final int LEFT_OVER = 64 * 1024;

    private final ProxyLoop loop;
    private final ProxyLinks links;
    private final SocketChannel client;
    private final SelectionKey clientKey;
    private final ProxyPipe toServer;
    private final ProxyPipe toClient;
    private @Nullable SocketChannel server;
    private @Nullable SelectionKey serverKey;
    private boolean closed;

    ProxyLink(ProxyLoop loop, ProxyLinks links, SocketChannel client) throws IOException {
        this.loop = loop;
        this.links = links;
        this.client = client;
        this.toServer = pipe(links, Direction.TO_SERVER);
        this.toClient = pipe(links, Direction.TO_CLIENT);
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        clientKey = loop.register(client, SelectionKey.OP_READ, this::clientReady);
    }

    private ProxyPipe pipe(ProxyLinks owner, Direction direction) {
        return new ProxyPipe(loop, this, owner.faults(direction), owner.bytes(direction));
    }

    ProxyPipe pipe(Direction direction) {
        return direction == Direction.TO_SERVER ? toServer : toClient;
    }

    /** Does what may be done now, in both directions. */
    void flow() {
        if (!closed && server == null && !toServer.stalled()) {
            dial();
        }
        SocketChannel to = server;
        if (!closed && to != null && to.isConnected()) {
            toServer.flow(to);
        }
        if (!closed) {
            toClient.flow(client);
        }
        if (!closed && toServer.finished() && toClient.finished()) {
            close(ProxyEnd.FIN);
        }
        listen();
    }

    private void dial() {
        try {
            SocketChannel dialled = SocketChannel.open();
            server = dialled;
            dialled.setOption(StandardSocketOptions.TCP_NODELAY, true);
            serverKey = loop.register(dialled, SelectionKey.OP_CONNECT, this::serverReady);
            dialled.connect(links.target());
        } catch (IOException e) {
            noServer(e);
        }
    }

    private void noServer(IOException e) {
        links.dialFailed(e);
        close(ProxyEnd.RST);
    }

    private void clientReady(SelectionKey key) {
        if (key.isReadable()) {
            toServer.read(client);
        }
        flow();
    }

    private void serverReady(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        if (key.isConnectable() && !connected(channel)) {
            return;
        }
        if (key.isReadable()) {
            toClient.read(channel);
        }
        flow();
    }

    private boolean connected(SocketChannel channel) {
        try {
            return channel.finishConnect();
        } catch (IOException e) {
            noServer(e);
            return false;
        }
    }

    /** Asks the selector for what the pipes wait for. */
    private void listen() {
        if (closed) {
            return;
        }
        clientKey.interestOps(interest(toServer, toClient));
        SocketChannel to = server;
        if (serverKey != null && to != null && to.isConnected()) {
            serverKey.interestOps(interest(toClient, toServer));
        }
    }

    private static int interest(ProxyPipe from, ProxyPipe to) {
        int read = from.wantsToRead() ? SelectionKey.OP_READ : 0;
        return to.wantsToWrite() ? read | SelectionKey.OP_WRITE : read;
    }

    /** The far end of this pipe is dead, which the other one tells its own far end when it comes to it. */
    void broken(ProxyPipe pipe) {
        pipe.drop();
        (pipe == toServer ? toClient : toServer).end(ProxyEnd.RST);
        loop.after(0, this::flow);
    }

    /** Ends both connections at once; what is held back is lost. */
    void close(ProxyEnd how) {
        if (closed) {
            return;
        }
        closed = true;
        toServer.stop();
        toClient.stop();
        close(client, how);
        if (server != null) {
            close(server, how);
        }
        links.ended(this, how);
    }

    private static void close(SocketChannel channel, ProxyEnd how) {
        try (channel) {
            if (how == ProxyEnd.RST && channel.isOpen()) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } else if (channel.isConnected()) {
                finish(channel);
            }
        } catch (IOException e) {
            ProxyLinks.LOG.debug("The peer was gone before, channel={} error={}", channel, e.toString());
        }
    }

    /** A socket that is closed with unread data ends with a reset, so that is read first. */
    private static void finish(SocketChannel channel) throws IOException {
        channel.shutdownOutput();
        ByteBuffer rest = ByteBuffer.allocate(LEFT_OVER);
        int read = channel.read(rest);
        while (read > 0) {
            read = channel.read(rest.clear());
        }
    }
}
