package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadCommandTests {
    private static final String MODEL = "facebook/mask2former-swin-tiny-coco-panoptic";

    @TempDir
    private Path temp;

    @Test
    void aFileOfAnyServerIsFetchedAndItsPlaceIsPrinted() throws IOException {
        byte[] content = new byte[3 << 20];
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/model.pkl", exchange -> {
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(200, head ? -1 : content.length);
            if (!head) exchange.getResponseBody().write(content);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/model.pkl";
            Run run = Run.with(Map.of("HF_HOME", temp.toString()), "download", url);
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(Path.of(run.out().strip())).startsWith(temp).hasBinaryContent(content);
            assertThat(run.err().lines()).containsExactly("downloading model.pkl (3 MB)");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void withoutNetworkOneLineSaysWhatToCheckAndNothingIsLeft() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        Run run = Run.with(
                Map.of("HF_HOME", temp.toString(), "HF_ENDPOINT", "http://127.0.0.1:" + closed), "download", MODEL);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).singleElement().asString().contains("cannot connect", "check the network", MODEL);
        try (var files = Files.walk(temp)) {
            assertThat(files.filter(f -> Files.isRegularFile(f) && f.toString().endsWith(".safetensors")))
                    .isEmpty();
        }
    }

    @Test
    void offlineTheCacheIsNamed() {
        Run run = Run.with(Map.of("HF_HOME", temp.toString(), "HF_HUB_OFFLINE", "1"), "download", MODEL);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines()).singleElement().asString().contains(temp.toString(), "HF_HUB_OFFLINE");
    }

    @Test
    void aSlipInAKnownNameIsRecognised() throws IOException {
        HttpServer hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hub.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("X-Error-Code", "RepoNotFound");
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        hub.start();
        try {
            Run run = Run.with(
                    Map.of(
                            "HF_HOME",
                            temp.toString(),
                            "HF_ENDPOINT",
                            "http://127.0.0.1:" + hub.getAddress().getPort()),
                    "download",
                    "facebook/mask2former-swin-tiny-coco-panoptc");
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err().lines()).singleElement().asString().endsWith("did you mean " + MODEL + "?");
        } finally {
            hub.stop(0);
        }
    }

    @Test
    void whatIsNoModelIsRefusedBeforeAnythingIsFetched() {
        assertThat(Run.of("download", "mask2former").err()).contains("the owner is missing");
        assertThat(Run.of("download", "http://a b").code()).isEqualTo(2);
    }
}
