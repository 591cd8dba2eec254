package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that hang up while their pictures wait. */
class ClientTests {
    private final Socket client = new Socket();
    private SocketChannel accepted;

    @BeforeEach
    void connect() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            client.connect(server.getLocalAddress());
            accepted = server.accept();
            accepted.configureBlocking(false);
        }
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
        accepted.close();
    }

    @Test
    void oneThatWaitsOrSendsItsNextRequestIsThere() throws Exception {
        assertThat(Client.isClosed(accepted)).isFalse();
        client.getOutputStream().write(1);
        Thread.sleep(50);
        assertThat(Client.isClosed(accepted)).isFalse();
        assertThat(accepted.read(ByteBuffer.allocate(2)))
                .as("nothing was taken from what it sent")
                .isEqualTo(1);
        assertThat(Client.isClosed(accepted)).isFalse();
    }

    @Test
    void oneThatHungUpIsGone() throws Exception {
        client.close();
        assertGone();
    }

    @Test
    void oneThatBrokeOffIsGone() throws Exception {
        client.setSoLinger(true, 0); // a reset
        client.close();
        assertGone();
    }

    /** It could still read an answer, but that it waits for one cannot be told. */
    @Test
    void oneThatClosedItsSideCountsAsGone() throws Exception {
        client.shutdownOutput();
        assertGone();
    }

    @Test
    void whatIsClosedHereIsGone() throws Exception {
        accepted.close();
        assertGone();
    }

    private void assertGone() throws InterruptedException {
        for (int i = 0; i < 100 && !Client.isClosed(accepted); i++) Thread.sleep(10);
        assertThat(Client.isClosed(accepted)).isTrue();
    }
}
