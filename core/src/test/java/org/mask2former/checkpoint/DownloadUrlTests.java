package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.checkpoint.HubException.Reason;

class DownloadUrlTests {
    private static final String PATH = "/maskformer/model_final_94dc52.pkl";

    @TempDir
    Path folder;

    private final HubServer server = new HubServer();
    private final byte[] checkpoint = new byte[500_000];
    private final URI uri;

    DownloadUrlTests() {
        new Random(3).nextBytes(checkpoint);
        uri = server.put(PATH, checkpoint);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HubClient client(boolean offline) {
        HubSettings settings = HubSettings.of(folder.resolve("hub"))
                .withEndpoint(server.endpoint())
                .withOffline(offline)
                .withToken("hf_token")
                .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5));
        return new HubClient(settings, time -> {}, Clock.systemUTC());
    }

    private Path target() {
        return folder.resolve("models/model.pkl");
    }

    @Test
    void fetchesAFileAndSaysHowFarItIs() {
        List<String> events = new ArrayList<>();

        client(false).downloadFile(uri, target(), (file, done, total) -> events.add(file + " " + done + "/" + total));

        assertThat(target()).hasBinaryContent(checkpoint);
        assertThat(events).first().isEqualTo("model_final_94dc52.pkl 0/500000");
        assertThat(events).last().isEqualTo("model_final_94dc52.pkl 500000/500000");
        assertThat(target().getParent()).isDirectoryNotContaining("glob:**.incomplete");
        assertThat(server.requests())
                .extracting(HubServer.Request::authorization)
                .containsOnly("null");
    }

    @Test
    void leavesAFileOfTheRightSizeAlone() {
        client(false).downloadFile(uri, target(), ProgressListener.NONE);
        server.forget();

        client(false).downloadFile(uri, target(), ProgressListener.NONE);

        assertThat(server.gets("storage")).isEmpty();
    }

    @Test
    void resumesTheSameVersionAndNoOther() {
        server.fault(
                PATH,
                HubServer.cutAfter(200_000),
                HubServer.cutAfter(0),
                HubServer.cutAfter(0),
                HubServer.cutAfter(0),
                HubServer.cutAfter(0),
                HubServer.cutAfter(0));
        assertThatThrownBy(() -> client(false).downloadFile(uri, target(), ProgressListener.NONE))
                .hasMessageContaining("are kept");
        server.forget();

        client(false).downloadFile(uri, target(), ProgressListener.NONE);
        assertThat(server.requests()).anySatisfy(request -> {
            assertThat(request.range()).startsWith("bytes=");
            assertThat(request.ifRange()).startsWith("\"");
        });
        assertThat(target()).hasBinaryContent(checkpoint);
    }

    @Test
    void aPartOfAnOlderVersionIsThrownAway() throws IOException {
        for (int i = 0; i < 6; i++) {
            server.fault(PATH, HubServer.cutAfter(i == 0 ? 200_000 : 0));
        }
        assertThatThrownBy(() -> client(false).downloadFile(uri, target(), ProgressListener.NONE))
                .isNotNull();
        byte[] newer = new byte[400_000];
        server.put(PATH, newer);
        server.forget();

        client(false).downloadFile(uri, target(), ProgressListener.NONE);

        assertThat(target()).hasBinaryContent(newer);
        assertThat(server.requests()).extracting(HubServer.Request::range).containsOnly("null");
        try (var files = Files.list(target().getParent())) {
            assertThat(files).containsExactly(target());
        }
    }

    @Test
    void checksTheHashIfOneIsGiven() {
        String right = HubServer.sha256(checkpoint);
        assertThat(client(false)
                        .downloadFile(uri, target(), right.toUpperCase(java.util.Locale.ROOT), ProgressListener.NONE))
                .hasBinaryContent(checkpoint);

        Path other = folder.resolve("other.pkl");
        assertThatThrownBy(() -> client(false).downloadFile(uri, other, "0".repeat(64), ProgressListener.NONE))
                .isInstanceOfSatisfying(
                        HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DAMAGED))
                .hasMessageContaining("0".repeat(64));
        assertThat(other).doesNotExist();
    }

    @Test
    void servesServersThatRefuseHead() {
        server.fault("HEAD " + PATH, HubServer.status(405));

        client(false).downloadFile(uri, target(), ProgressListener.NONE);

        assertThat(target()).hasBinaryContent(checkpoint);
    }

    @Test
    void keepsCheckpointsOfUrlsInTheCache() {
        Path first = client(false).fetchUrl(uri, ProgressListener.NONE);

        assertThat(first).hasBinaryContent(checkpoint).hasFileName("model_final_94dc52.pkl");
        assertThat(first).startsWith(folder.resolve("assets/mask2former"));
        assertThat(client(true).fetchUrl(uri, ProgressListener.NONE)).isEqualTo(first);
        server.close();
        assertThat(client(false).fetchUrl(uri, ProgressListener.NONE)).isEqualTo(first);
    }
}
