package org.mask2former.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.mask2former.Fixtures;
import org.mask2former.LoadOptions;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.image.TestSize;
import org.mask2former.model.EngineOptions;

/** A server with a tiny model on a free port, and a client for it. */
final class TestServer implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    static final ServerOptions OPTIONS = ServerOptions.DEFAULT.withPort(0).withDrain(Duration.ofSeconds(20));

    final SegmentationServer server;
    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private TestServer(SegmentationServer server) {
        this.server = server;
    }

    static TestServer start(ServerOptions options) {
        TestServer started = new TestServer(SegmentationServer.start(options, List.of(tinySwin("tiny"))));
        started.server.ready().join();
        return started;
    }

    static TestServer around(SegmentationServer server) {
        return new TestServer(server);
    }

    static ModelSource tinySwin(String name) {
        return new ModelSource(name, Task.PANOPTIC, TestServer::loadTinySwin);
    }

    static Mask2Former loadTinySwin() {
        return Mask2Former.load(
                Fixtures.path("tiny-swin").toString(),
                LoadOptions.defaults()
                        .withEngine(EngineOptions.DEFAULT.withThreads(1))
                        .withSize(Optional.of(TestSize.parse("64x64"))));
    }

    /** A picture with something in it, as a PNG. */
    static byte[] png(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int at = 3 * (y * width + x);
                rgb[at] = (byte) (255 * x / width);
                rgb[at + 1] = (byte) (255 * y / height);
                rgb[at + 2] = (byte) ((x / 8 + y / 8) % 2 * 200);
            }
        }
        return Image.ofRgb(width, height, rgb).toPng();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.url() + path)).timeout(Duration.ofSeconds(60));
    }

    HttpResponse<byte[]> get(String path) {
        return send(request(path).GET());
    }

    HttpResponse<byte[]> post(String path, byte[] body, String... headers) {
        HttpRequest.Builder builder = request(path).POST(BodyPublishers.ofByteArray(body));
        if (headers.length > 0) builder.headers(headers);
        return send(builder);
    }

    HttpResponse<byte[]> postJson(String path, Object body) {
        try {
            return post(path, JSON.writeValueAsBytes(body), "Content-Type", "application/json");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    HttpResponse<byte[]> send(HttpRequest.Builder builder) {
        try {
            return client.send(builder.build(), BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A request is counted when its answer has been sent, which is a moment after it has arrived. */
    void awaitMetric(String sample) {
        String metrics = "";
        for (int i = 0; i < 100; i++) {
            metrics = text(get("/metrics"));
            if (metrics.contains(sample)) return;
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new AssertionError("no " + sample + " in\n" + metrics);
    }

    static JsonNode json(HttpResponse<byte[]> response) {
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + text(response), e);
        }
    }

    static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.close();
    }
}
