package io.bspump.ipc;

import io.bspump.Emission;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A piece of what a client sent, which is cut into events one at a time, as they are asked for. */
final class Piece implements Iterator<Emission<byte[]>> {

    private final Client client;
    private byte @Nullable [] bytes;
    private boolean last;
    private byte @Nullable [] next;

    /**
     * @param bytes null for the end of the stream
     */
    Piece(Client client, byte @Nullable [] bytes) {
        this.client = client;
        this.bytes = bytes;
        this.last = bytes == null;
    }

    @Override
    public boolean hasNext() {
        if (bytes != null) {
            client.add(bytes);
            bytes = null;
        }
        if (next == null) {
            next = client.cut(last);
            last = false;
        }
        return next != null;
    }

    @Override
    public Emission<byte[]> next() {
        byte[] event = hasNext() ? next : null;
        if (event == null) {
            throw new NoSuchElementException();
        }
        next = null;
        return new Client.Received(client, event);
    }
}
