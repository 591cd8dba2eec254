package org.mask2former.serve;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.server.Request;

/** Who sent a request and waits for its answer. */
interface Client {
    /** Whether it has hung up, or at least closed its side of the connection, as far as is known. Costs a few system calls. */
    boolean isGone();

    static Client of(Request request) {
        Object transport =
                request.getConnectionMetaData().getConnection().getEndPoint().getTransport();
        return transport instanceof SocketChannel channel ? () -> isClosed(channel) : () -> false;
    }

    /**
     * Whether the other side has closed a connection, without reading from it. While a request is being answered Jetty does not
     * listen, so that it would notice only when it writes. A closed connection can be read, but has no bytes.
     *
     * @param channel one that does not block
     */
    static boolean isClosed(SocketChannel channel) {
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_READ);
            return selector.selectNow() > 0 && channel.socket().getInputStream().available() == 0;
        } catch (IOException e) {
            return !channel.isOpen(); // or else it cannot be told
        }
    }
}
