package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mask2former.serve.TestServer.OPTIONS;
import static org.mask2former.serve.TestServer.json;
import static org.mask2former.serve.TestServer.png;
import static org.mask2former.serve.TestServer.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that mean no good, or are broken. A longer run of the same: bench/hostile.sh. */
class HostileTests {
    private static final byte[] PNG = png(64, 64);
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(OPTIONS.withLimits(
                Limits.DEFAULT.withMaxBytes(1 << 20).withMaxPixels(1_000_000).withTimeout(Duration.ofSeconds(3))));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void fuzzedBodiesGetAClientsErrorOrAnAnswerAndNeverATrace() {
        int count = Integer.getInteger("mask2former.hostile", 150);
        long seed = Long.getLong("mask2former.seed", 7);
        HostileBodies bodies = new HostileBodies(PNG, new Random(seed));
        for (int i = 0; i < count; i++) {
            HostileBodies.Body body = bodies.next();
            HttpResponse<byte[]> response = server.post(body.path(), body.bytes(), body.headers());
            String what = "seed " + seed + ", number " + i + ", " + body.what() + ": " + text(response);
            assertThat(response.statusCode()).as(what).isIn(200, 400, 403, 404, 406, 413, 415, 422);
            if (response.statusCode() != 200) {
                assertThat(text(response))
                        .as(what)
                        .startsWith("{\"error\":")
                        .doesNotContain("Exception", "\tat ", "java.");
            }
        }
        assertThat(server.post("/v1/segment", PNG).statusCode()).isEqualTo(200);
    }

    @Test
    void whatIsTooLargeIsRefusedWithoutBeingTakenIn() throws IOException {
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            send(out, "POST /v1/segment HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000\r\n\r\n");
            assertThat(answer(socket)).startsWith("HTTP/1.1 413");
        }
        try (Socket socket = connect()) { // in chunks, which do not tell how many there will be
            OutputStream out = socket.getOutputStream();
            send(out, "POST /v1/segment HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
            try {
                for (int i = 0; i < 30; i++) send(out, chunk);
            } catch (IOException e) {
                // it hung up on us, as it may
            }
            assertThat(answer(socket)).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void aSmallFileThatClaimsManyPixelsIsRefused() {
        byte[] bomb = png(16, 16);
        bomb[16] = 0;
        bomb[17] = 0;
        bomb[18] = 0x40; // 16,384 wide
        bomb[22] = 0x40;
        HttpResponse<byte[]> response = server.post("/v1/segment", bomb);
        assertThat(response.statusCode()).as(text(response)).isIn(413, 422);
    }

    @Test
    void clientsThatAreSlowOrDropCostNobodyElseAnything() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Socket socket = connect();
            sockets.add(socket);
            String head = i % 2 == 0
                    ? "POST /v1/seg"
                    : "POST /v1/segment HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nxx";
            send(socket.getOutputStream(), head);
            if (i % 10 == 9) socket.close();
        }
        for (int i = 0; i < 5; i++) {
            assertThat(server.post("/v1/segment", PNG).statusCode()).isEqualTo(200);
        }
        String told = answer(sockets.get(1)); // a body that does not go on
        assertThat(told).startsWith("HTTP/1.1 408").contains("too_slow");
        for (Socket socket : sockets) socket.close();
        for (int i = 0; i < 20; i++) { // those that do not wait for their answer
            try (Socket socket = connect()) {
                send(
                        socket.getOutputStream(),
                        "POST /v1/segment HTTP/1.1\r\nHost: a\r\nContent-Length: " + PNG.length + "\r\n\r\n");
                socket.getOutputStream().write(PNG);
            }
        }
        assertThat(server.post("/v1/segment", PNG).statusCode()).isEqualTo(200);
        server.awaitMetric("mask2former_bodies_bytes 0");
        server.awaitMetric("mask2former_queue_pictures{model=\"tiny\"} 0");
    }

    /** The first picture waits for a second to share its pass; when that comes, the first one's client has hung up. */
    @Test
    void thePictureOfAClientThatHungUpIsNotComputed() throws Exception {
        try (TestServer waiting = TestServer.start(OPTIONS.withBatching(new Batching(2, Duration.ofSeconds(20))))) {
            try (Socket socket = connect(waiting)) {
                send(
                        socket.getOutputStream(),
                        "POST /v1/segment HTTP/1.1\r\nHost: a\r\nContent-Length: " + PNG.length + "\r\n\r\n");
                socket.getOutputStream().write(PNG);
                waiting.awaitMetric("mask2former_queue_pictures{model=\"tiny\"} 1");
                Thread.sleep(300); // it is being prepared
            }
            HttpResponse<byte[]> second = waiting.post("/v1/segment", PNG);
            assertThat(json(second).at("/timings/batch").asInt()).isEqualTo(1);
            waiting.awaitMetric("mask2former_dropped_pictures_total{model=\"tiny\"} 1");
            waiting.awaitMetric("status=\"499\"");
            waiting.awaitMetric("mask2former_queue_pictures{model=\"tiny\"} 0");
            waiting.awaitMetric("mask2former_bodies_bytes 0");
        }
    }

    private static Socket connect() throws IOException {
        return connect(server);
    }

    private static Socket connect(TestServer server) throws IOException {
        Socket socket = new Socket("127.0.0.1", server.server.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    private static String answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] bytes = new byte[4096];
        int length = 0;
        int more;
        while (length < bytes.length && (more = in.read(bytes, length, bytes.length - length)) > 0) length += more;
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
}
