package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.checkpoint.HubException.Reason;

/** What happens to one large file on a bad line. */
class HubDownloadTests {
    private static final HubId ID = HubId.parse("owner/model");
    private static final String FILE = "model.safetensors";
    private static final int SIZE = 1_000_000;

    @TempDir
    Path folder;

    private final HubServer server = new HubServer();
    private final byte[] weights = new byte[SIZE];
    private final List<Duration> pauses = new ArrayList<>();
    private final List<Long> progress = new ArrayList<>();
    private final ProgressListener listener = (file, done, total) -> {
        if (file.equals(FILE)) {
            assertThat(total).isEqualTo(SIZE);
            progress.add(done);
        }
    };

    @BeforeEach
    void fill() {
        new Random(2).nextBytes(weights);
        server.repository("owner/model").small("config.json", "{}").large(FILE, weights);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HubClient client(Duration longestSilence) {
        HubSettings settings = HubSettings.of(folder.resolve("hub"))
                .withEndpoint(server.endpoint())
                .withTimeouts(Duration.ofSeconds(5), longestSilence);
        return new HubClient(settings, pauses::add, Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC));
    }

    private Path fetch() {
        return client(Duration.ofSeconds(5)).fetchModel(ID, listener).resolve(FILE);
    }

    private void assertFails(Reason reason, String... words) {
        assertThatThrownBy(this::fetch)
                .isInstanceOfSatisfying(
                        HubException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContainingAll(words)
                .hasMessageNotContaining("\n");
    }

    private Path partial() {
        return folder.resolve("hub/models--owner--model/blobs/" + HubServer.sha256(weights) + ".m2f.incomplete");
    }

    private Path blob() {
        return partial().resolveSibling(HubServer.sha256(weights));
    }

    private List<String> ranges() {
        return server.requests().stream()
                .filter(request -> request.server().equals("storage"))
                .map(HubServer.Request::range)
                .toList();
    }

    @Test
    void goesOnWhereABrokenConnectionStopped() {
        server.fault(FILE, HubServer.cutAfter(400_000), HubServer.cutAfter(300_000));

        assertThat(fetch()).hasBinaryContent(weights);

        assertThat(ranges()).hasSize(3).first().isEqualTo("null");
        assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(1));
        assertThat(progress).isSorted().first().isEqualTo(0L);
        assertThat(progress).last().isEqualTo((long) SIZE);
        assertThat(partial()).doesNotExist();
    }

    @Test
    void goesOnWhereAnEarlierProcessStopped() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), Arrays.copyOf(weights, 600_000));

        assertThat(fetch()).hasBinaryContent(weights);

        assertThat(ranges()).containsExactly("bytes=600000-");
        assertThat(progress).isSorted().first().isEqualTo(600_000L);
    }

    @Test
    void givesUpAfterFiveFailuresAndKeepsWhatCame() throws IOException {
        server.fault(FILE, HubServer.cutAfter(100_000));
        for (int i = 0; i < 5; i++) {
            server.fault(FILE, HubServer.cutAfter(0));
        }

        assertFails(Reason.UNREACHABLE, "owner/model: model.safetensors", "tried 5 times", "go");

        assertThat(pauses).extracting(Duration::toSeconds).containsExactly(1L, 2L, 4L, 8L);
        assertThat(Files.size(partial())).isBetween(1L, 100_000L);
        assertThat(blob()).doesNotExist();

        assertThat(fetch()).hasBinaryContent(weights);
    }

    @Test
    void startsAnewWhereTheServerKnowsNoRanges() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), Arrays.copyOf(weights, 600_000));
        server.fault(FILE, (exchange, body, unused) -> {
            exchange.getResponseHeaders().remove("Content-Range");
            exchange.sendResponseHeaders(200, SIZE);
            exchange.getResponseBody().write(weights);
        });

        assertThat(fetch()).hasBinaryContent(weights);
        assertThat(progress).last().isEqualTo((long) SIZE);
        assertThat(progress).first().isEqualTo(0L);
    }

    @Test
    void startsAnewWhenTheEarlierPartIsOfAnotherFile() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), new byte[600_000]);

        assertThat(fetch()).hasBinaryContent(weights);
        assertThat(ranges()).containsExactly("bytes=600000-", "null");
    }

    @Test
    void startsAnewWhenTheEarlierPartIsTooLong() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), new byte[SIZE + 1]);

        assertThat(fetch()).hasBinaryContent(weights);
    }

    @Test
    void fetchesNothingWhenTheEarlierPartIsAll() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), weights);

        assertThat(fetch()).hasBinaryContent(weights);
        assertThat(ranges()).isEmpty();
        assertThat(progress).containsExactly((long) SIZE);
    }

    @Test
    void startsAnewWhenTheServerRefusesTheRange() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), Arrays.copyOf(weights, 600_000));
        server.fault(FILE, HubServer.status(416));

        assertThat(fetch()).hasBinaryContent(weights);
        assertThat(ranges()).containsExactly("bytes=600000-", "null");
    }

    @Test
    void refusesAPartThatWasNotAskedFor() throws IOException {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), Arrays.copyOf(weights, 600_000));
        server.fault(FILE, (exchange, body, unused) -> {
            exchange.getResponseHeaders().set("Content-Range", "bytes 0-999999/1000000");
            exchange.sendResponseHeaders(206, SIZE);
            exchange.getResponseBody().write(weights);
        });

        assertFails(Reason.BAD_ANSWER, "asked for the bytes from 600000", "bytes 0-999999/1000000");
        assertThat(blob()).doesNotExist();
    }

    @Test
    void neverNamesBytesThatHaveTheWrongHash() {
        server.fault(FILE, HubServer.corrupted());

        assertFails(Reason.DAMAGED, FILE, "checksum " + HubServer.sha256(weights));

        assertThat(blob()).doesNotExist();
        assertThat(partial()).doesNotExist();
        assertThat(client(Duration.ofSeconds(5)).cachedModel(ID)).isEmpty();
        assertThat(fetch()).hasBinaryContent(weights);
    }

    @Test
    void checksSmallFilesToo() {
        server.fault("config.json", HubServer.corrupted());

        assertFails(Reason.DAMAGED, "config.json", "checksum");
    }

    @Test
    void refusesAFileThatIsShorterThanAnnounced() {
        server.fault(FILE, HubServer.truncatedTo(999_999));

        assertFails(Reason.DAMAGED, FILE, "should have 1000000 bytes", "999999");
        assertThat(blob()).doesNotExist();
    }

    @Test
    void doesNotWaitForEverOnASilentConnection() {
        server.fault(FILE, HubServer.stallAfter(200_000));

        assertThat(client(Duration.ofMillis(300)).fetchModel(ID, listener).resolve(FILE))
                .hasBinaryContent(weights);
        assertThat(ranges()).hasSize(2);
    }

    @Test
    void waitsAsLongAsTheServerAsks() {
        server.fault(
                FILE,
                HubServer.status(429, "Retry-After", "7"),
                HubServer.status(503, "Retry-After", "Thu, 1 Jan 2026 00:00:05 GMT"));

        assertThat(fetch()).hasBinaryContent(weights);
        assertThat(pauses).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(5));
    }

    @Test
    void doesNotWaitForHours() {
        server.fault(FILE, HubServer.status(429, "Retry-After", "7200"));

        assertFails(Reason.BUSY, "asks for fewer requests", "wait 7200 s", "HF_TOKEN");
        assertThat(pauses).isEmpty();
    }

    @Test
    void asksAFailingHubAgain() {
        server.fault("HEAD config.json", HubServer.status(500), HubServer.status(502));

        assertThat(fetch()).hasBinaryContent(weights);
        assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    @Test
    void asksForANewSignedAddressWhenTheStorageRefusesTheOldOne() {
        server.fault(FILE, HubServer.cutAfter(400_000), HubServer.status(403));

        assertThat(fetch()).hasBinaryContent(weights);
        assertThat(server.gets("hub").stream().filter(path -> path.endsWith(FILE)))
                .hasSize(3);
    }

    @Test
    void refusesACompressedAnswer() {
        server.fault(FILE, (exchange, body, unused) -> {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        });

        assertFails(Reason.BAD_ANSWER, "compressed (gzip)");
    }

    @Test
    void cleansUpAfterAFullDisk() throws IOException {
        Path full = Path.of("/dev/full");
        assumeThat(full).as("a device that is always full (Linux)").exists();
        Files.createDirectories(partial().getParent());
        Files.createSymbolicLink(partial(), full);

        assertFails(Reason.DISK, "the disk is full", "HF_HUB_CACHE");
        assertThat(Files.exists(partial(), java.nio.file.LinkOption.NOFOLLOW_LINKS))
                .isFalse();
        assertThat(blob()).doesNotExist();
    }

    @Test
    void seesBeforehandThatTheDiskIsTooSmall() {
        server.fault(
                "HEAD " + FILE,
                HubServer.status(
                        302,
                        "X-Repo-Commit",
                        "0123456789abcdef0123456789abcdef01234567",
                        "X-Linked-Etag",
                        "\"" + HubServer.sha256(weights) + "\"",
                        "X-Linked-Size",
                        "900000000000000000",
                        "Location",
                        "https://storage.invalid/file"));

        assertFails(Reason.DISK, "needs 900000000000.0 MB", "left");
        assertThat(partial()).doesNotExist();
    }

    @Test
    void anInterruptEndsItAndKeepsWhatCame() throws Exception {
        server.fault(FILE, HubServer.stallAfter(300_000));
        CountDownLatch started = new CountDownLatch(1);
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                client(Duration.ofMinutes(5)).fetchModel(ID, (file, done, total) -> {
                    if (done > 200_000) {
                        started.countDown();
                    }
                });
                failure.complete(new AssertionError("not interrupted"));
            } catch (HubException e) {
                failure.complete(
                        Thread.currentThread().isInterrupted() ? e : new AssertionError("interrupt forgotten"));
            }
        });
        thread.start();
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
        thread.interrupt();

        assertThat(failure.get(20, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INTERRUPTED));
        assertThat(Files.size(partial())).isGreaterThan(200_000);
        assertThat(fetch()).hasBinaryContent(weights);
    }

    @Test
    void aListenerThatThrowsEndsItAndTheNextAttemptGoesOn() {
        assertThatThrownBy(() -> client(Duration.ofSeconds(5)).fetchModel(ID, (file, done, total) -> {
                    if (done > 500_000) {
                        throw new IllegalStateException("enough");
                    }
                }))
                .hasMessage("enough");

        assertThat(fetch()).hasBinaryContent(weights);
        assertThat(progress).first().satisfies(done -> assertThat(done).isGreaterThan(500_000));
    }
}
