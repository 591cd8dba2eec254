package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mask2former.serve.TestServer.OPTIONS;
import static org.mask2former.serve.TestServer.json;
import static org.mask2former.serve.TestServer.png;

import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;

/** Loading, overload, tokens, and the end. */
class LifecycleTests {
    private static final byte[] PNG = png(64, 64);

    @Test
    void whileAModelLoadsTheServerLivesAndIsNotReady() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        ModelSource slow = new ModelSource("slow", Task.PANOPTIC, () -> {
            try {
                loading.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return TestServer.loadTinySwin();
        });
        try (TestServer server = TestServer.around(SegmentationServer.start(OPTIONS, List.of(slow)))) {
            assertThat(server.get("/v2/health/live").statusCode()).isEqualTo(200);
            assertThat(server.get("/v2/health/ready").statusCode()).isEqualTo(503);
            assertThat(json(server.get("/v1/models")).at("/models/0/ready").asBoolean())
                    .isFalse();
            HttpResponse<byte[]> early = server.post("/v1/segment", PNG);
            assertThat(early.statusCode()).isEqualTo(503);
            assertThat(early.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isPositive();
            loading.countDown();
            server.server.ready().join();
            assertThat(server.get("/v2/health/ready").statusCode()).isEqualTo(200);
            assertThat(server.post("/v1/segment", PNG).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aModelThatCannotBeLoadedIsToldToWhoStartedTheServer() {
        ModelSource broken = new ModelSource("broken", Task.PANOPTIC, () -> {
            throw new Mask2FormerException("there is no such model");
        });
        try (SegmentationServer server = SegmentationServer.start(OPTIONS, List.of(broken))) {
            assertThatThrownBy(() -> server.ready().join()).hasMessageContaining("there is no such model");
        }
    }

    @Test
    void twoModelsOfOneNameAndAPortThatIsTakenAreRefusedInOneLine() {
        List<ModelSource> twice = List.of(TestServer.tinySwin("a"), TestServer.tinySwin("a"));
        assertThatThrownBy(() -> SegmentationServer.start(OPTIONS, twice))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("NAME=MODEL");
        try (TestServer server = TestServer.start(OPTIONS)) {
            ServerOptions taken = OPTIONS.withPort(server.server.port());
            assertThatThrownBy(() -> SegmentationServer.start(taken, List.of(TestServer.tinySwin("b"))))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + server.server.port());
        }
    }

    @Test
    void aFullQueueAnswers429AndEverythingElseIsServed() {
        ServerOptions small = OPTIONS.withLimits(Limits.DEFAULT.withQueue(2));
        try (TestServer server = TestServer.start(small)) {
            List<HttpResponse<byte[]>> answers = together(server, 40);
            assertThat(answers).allMatch(r -> r.statusCode() == 200 || r.statusCode() == 429);
            assertThat(answers).filteredOn(r -> r.statusCode() == 200).hasSizeGreaterThanOrEqualTo(2);
            assertThat(answers)
                    .filteredOn(r -> r.statusCode() == 429)
                    .isNotEmpty()
                    .allMatch(r -> r.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
            assertThat(server.post("/v1/segment", PNG).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void anAnswerThatTakesTooLongIsGivenUp() {
        ServerOptions hasty = OPTIONS.withLimits(Limits.DEFAULT.withTimeout(Duration.ofMillis(60)));
        try (TestServer server = TestServer.start(hasty)) {
            List<HttpResponse<byte[]>> answers = together(server, 60);
            assertThat(answers).allMatch(r -> List.of(200, 408, 503).contains(r.statusCode()));
            assertThat(answers).anyMatch(r -> r.statusCode() == 503);
        }
    }

    @Test
    void aStopAnswersWhatWasTakenIn() throws Exception {
        TestServer server = TestServer.start(OPTIONS);
        List<CompletableFuture<HttpResponse<byte[]>>> answers = send(server, 30);
        Thread.sleep(100);
        server.close();
        int done = 0;
        for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
            HttpResponse<byte[]> response = answer.join(); // throws where there was no answer
            assertThat(response.statusCode()).isIn(200, 503);
            if (response.statusCode() == 200) done++;
        }
        assertThat(done).isPositive();
        server.close();
        assertThatThrownBy(() -> server.get("/v2/health/live")).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void theTokenIsWantedForAllButThePageAndProbes() {
        try (TestServer server = TestServer.start(OPTIONS.withToken(Optional.of("s3cret")))) {
            HttpResponse<byte[]> without = server.post("/v1/segment", PNG);
            assertThat(without.statusCode()).isEqualTo(401);
            assertThat(without.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
            assertThat(server.get("/metrics").statusCode()).isEqualTo(401);
            assertThat(server.get("/v1/models").statusCode()).isEqualTo(401);
            for (String open : List.of("/", "/page/page.js", "/openapi.yaml", "/health", "/v2/health/ready")) {
                assertThat(server.get(open).statusCode()).as(open).isEqualTo(200);
            }
            assertThat(server.post("/v1/segment", PNG, "Authorization", "Bearer wrong")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(server.post("/v1/segment", PNG, "Authorization", "Bearer s3cret")
                            .statusCode())
                    .isEqualTo(200);
            String basic = Base64.getEncoder().encodeToString("anybody:s3cret".getBytes(StandardCharsets.UTF_8));
            assertThat(server.post("/v1/segment", PNG, "Authorization", "Basic " + basic)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(server.send(server.request("/page/../v1/models")).statusCode())
                    .isEqualTo(401);
        }
    }

    private static List<HttpResponse<byte[]>> together(TestServer server, int count) {
        return send(server, count).stream().map(CompletableFuture::join).toList();
    }

    private static List<CompletableFuture<HttpResponse<byte[]>>> send(TestServer server, int count) {
        List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(server.client.sendAsync(
                    server.request("/v1/segment")
                            .POST(BodyPublishers.ofByteArray(PNG))
                            .build(),
                    BodyHandlers.ofByteArray()));
        }
        return answers;
    }
}
