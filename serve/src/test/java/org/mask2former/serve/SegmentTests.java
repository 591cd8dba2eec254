package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mask2former.serve.TestServer.json;
import static org.mask2former.serve.TestServer.png;
import static org.mask2former.serve.TestServer.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.result.CocoPanoptic;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.ResultJson;

/** The server's own API. */
class SegmentTests {
    private static final byte[] PNG = png(90, 60);
    /** The model has random weights: it finds something only if everything counts. */
    private static final String ALL = "threshold=0&overlap_threshold=0";

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(TestServer.OPTIONS);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aPictureGivesWhatTheLibraryGives() throws IOException {
        HttpResponse<byte[]> response = server.post("/v1/segment?task=panoptic&" + ALL, PNG);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
        assertThat(response.headers().firstValue("Server-Timing").orElse("")).contains("inference;dur=");
        JsonNode answer = json(response);
        try (Mask2Former model = TestServer.loadTinySwin()) {
            PanopticSegmentation expected = model.panoptic(
                    Image.read(PNG, "a"),
                    model.defaults(Task.PANOPTIC).withScoreThreshold(0).withOverlapThreshold(0));
            JsonNode wanted = TestServer.JSON.readTree(ResultJson.DEFAULT.toJson(expected, "", "tiny"));
            assertThat(answer.get("segments")).isEqualTo(wanted.get("segments")).isNotEmpty();
            assertThat(answer.get("width").asInt()).isEqualTo(90);
            HttpResponse<byte[]> panoptic =
                    server.post("/v1/segment?task=panoptic&" + ALL, PNG, "Accept", "image/png;form=panoptic");
            assertThat(Image.read(panoptic.body(), "b").rgb())
                    .isEqualTo(CocoPanoptic.encode(expected).rgb());
        }
        assertThat(answer.get("colors")).hasSameSizeAs(answer.get("segments"));
        assertThat(answer.at("/timings/inference").asDouble()).isPositive();
    }

    @Test
    void aFormCarriesPictureNameAndParameters() {
        HttpResponse<byte[]> response =
                form(Map.of("task", "instance", "threshold", "0", "top_k", "3", "masks", "false"), "C:\\street é.png");
        assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
        JsonNode answer = json(response);
        assertThat(answer.get("picture").asText()).isEqualTo("street é.png");
        assertThat(answer.get("task").asText()).isEqualTo("instance");
        assertThat(answer.get("segments").size()).isBetween(1, 3);
        assertThat(answer.at("/segments/0").has("rle")).isFalse();
    }

    @Test
    void severalPicturesInAFormAreRefused() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        part(body, "image", "a.png", PNG);
        part(body, "image", "b.png", PNG);
        body.writeBytes("--b--\r\n".getBytes(StandardCharsets.UTF_8));
        HttpResponse<byte[]> response =
                server.post("/v1/segment", body.toByteArray(), "Content-Type", "multipart/form-data; boundary=b");
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(json(response).get("error").asText()).contains("more than one picture");
    }

    @Test
    void partsWithoutANameOrOfNoTextAreRefusedLikeOtherUnknownParameters() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes("--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n".getBytes(StandardCharsets.UTF_8));
        part(body, "image", "a.png", PNG);
        part(body, "note", "", new byte[] {(byte) 0xff, (byte) 0xfe});
        body.writeBytes("--b--\r\n".getBytes(StandardCharsets.UTF_8));
        assertThat(server.post("/v1/segment", body.toByteArray(), "Content-Type", "multipart/form-data; boundary=b")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void acceptChoosesTheForm() throws IOException {
        HttpResponse<byte[]> overlay = server.post("/v1/segment?threshold=0&alpha=0.9", PNG, "Accept", "image/png");
        assertThat(overlay.headers().firstValue("Content-Type")).hasValue("image/png");
        assertThat(Image.read(overlay.body(), "overlay").width()).isEqualTo(90);
        HttpResponse<byte[]> zip =
                server.post("/v1/segment?" + ALL, PNG, "Accept", "text/plain, application/zip;q=0.9, image/*;q=0.1");
        assertThat(entries(zip.body()))
                .containsExactly(
                        "result.json",
                        "overlay.png",
                        "coco_results.json",
                        "panoptic.png",
                        "semantic.png",
                        "yolo.txt",
                        "segments.geojson");
        HttpResponse<byte[]> few = server.post("/v1/segment?form=zip&parts=json,yolo&" + ALL, PNG);
        assertThat(entries(few.body())).containsExactly("result.json", "yolo.txt");
        assertThat(server.post("/v1/segment", PNG, "Accept", "text/html").statusCode())
                .isEqualTo(406);
    }

    private static List<String> entries(byte[] zip) throws IOException {
        List<String> names = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
            for (ZipEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
                names.add(e.getName());
                assertThat(in.readAllBytes()).isNotEmpty();
            }
        }
        return names;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "task=other                        | 422 | task must be semantic, instance or panoptic",
                "threshold=1.5                     | 422 | from 0 to 1",
                "threshold=high                    | 422 | must be a number",
                "treshold=0.5                      | 422 | did you mean",
                "task=semantic&threshold=0.5       | 422 | does nothing for the task semantic",
                "task=instance&form=panoptic       | 422 | cannot be saved as panoptic",
                "form=pdf                          | 422 | is none of",
                "parts=json                        | 422 | parts are of a zip",
                "form=zip&parts=jsn                | 422 | none of",
                "classes=unicorn                   | 422 | no class \"unicorn\"",
                "class_threshold=class_0           | 422 | NAME=NUMBER",
                "masks=perhaps                     | 422 | true or false",
                "alpha=2                           | 422 | from 0 to 1",
                "threshold=0.1&threshold=0.2       | 422 | given twice",
                "model=none                        | 404 | no model \"none\""
            })
    void whatCannotBeIsRefusedWithTheReason(String query, int status, String reason) {
        HttpResponse<byte[]> response = server.post("/v1/segment?" + query, PNG);
        assertThat(response.statusCode()).as(text(response)).isEqualTo(status);
        JsonNode problem = json(response);
        assertThat(problem.get("error").asText()).contains(reason).doesNotContain("\n");
        assertThat(problem.get("request_id").asText())
                .isEqualTo(response.headers().firstValue("X-Request-Id").orElseThrow());
    }

    @Test
    void bodiesThatAreNoPicturesAreRefusedByTheirKind() {
        assertThat(server.post("/v1/segment", new byte[0]).statusCode()).isEqualTo(422);
        assertThat(server.post("/v1/segment", "hello".getBytes(StandardCharsets.UTF_8))
                        .statusCode())
                .isEqualTo(415);
        assertThat(server.post("/v1/segment", PNG, "Content-Type", "text/plain").statusCode())
                .isEqualTo(415);
        assertThat(server.post("/v1/segment", Arrays.copyOf(PNG, PNG.length / 2))
                        .statusCode())
                .isEqualTo(422);
        assertThat(server.post("/v1/segment", "{".getBytes(StandardCharsets.UTF_8), "Content-Type", "application/json")
                        .statusCode())
                .isEqualTo(400);
        assertThat(server.post("/v1/segment", PNG, "Content-Type", "multipart/form-data")
                        .statusCode())
                .isEqualTo(400);
        HttpResponse<byte[]> url = server.postJson("/v1/segment", Map.of("url", "http://127.0.0.1/a.png"));
        assertThat(url.statusCode()).isEqualTo(403);
        assertThat(json(url).get("code").asText()).isEqualTo("urls_not_allowed");
    }

    @Test
    void requestsKeepTheIdTheyCameWithIfItIsSane() {
        assertThat(server.send(server.request("/v1/models").header("X-Request-Id", "trace-7"))
                        .headers()
                        .firstValue("X-Request-Id"))
                .hasValue("trace-7");
        assertThat(server.send(server.request("/v1/models").header("X-Request-Id", "a b<script>"))
                        .headers()
                        .firstValue("X-Request-Id")
                        .orElse(""))
                .matches("[0-9a-f]{16}");
    }

    @Test
    void modelsAreDescribedAndUnknownPathsAreTold() {
        JsonNode model = json(server.get("/v1/models")).at("/models/0");
        assertThat(model.get("name").asText()).isEqualTo("tiny");
        assertThat(model.get("ready").asBoolean()).isTrue();
        assertThat(model.at("/classes/0/color").asText()).matches("#[0-9a-f]{6}");
        assertThat(model.at("/defaults/panoptic/threshold").asDouble()).isEqualTo(0.8);
        assertThat(server.get("/v1/nothing").statusCode()).isEqualTo(404);
        assertThat(server.post("/v1/models", PNG).statusCode()).isEqualTo(405);
    }

    @Test
    void metricsCountWhatWasDone() {
        server.post("/v1/segment", PNG);
        HttpResponse<byte[]> metrics = server.get("/metrics");
        assertThat(metrics.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
        for (String sample : List.of(
                "http_server_requests_seconds_count{method=\"POST\",status=\"200\",uri=\"/v1/segment\"}",
                "mask2former_inference_seconds_count{model=\"tiny\"}",
                "mask2former_batch_count{model=\"tiny\"}",
                "mask2former_queue_pictures{model=\"tiny\"} 0",
                "mask2former_model_ready{model=\"tiny\"} 1",
                "mask2former_bodies_bytes 0",
                "jvm_memory_used_bytes")) {
            server.awaitMetric(sample);
        }
    }

    private static HttpResponse<byte[]> form(Map<String, String> fields, String fileName) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        fields.forEach((name, value) -> part(body, name, "", value.getBytes(StandardCharsets.UTF_8)));
        part(body, "image", fileName, PNG);
        body.writeBytes("--b--\r\n".getBytes(StandardCharsets.UTF_8));
        return server.post("/v1/segment", body.toByteArray(), "Content-Type", "multipart/form-data; boundary=b");
    }

    private static void part(ByteArrayOutputStream body, String name, String fileName, byte[] content) {
        String file = fileName.isEmpty() ? "" : "; filename=\"" + fileName.replace("\\", "\\\\") + "\"";
        body.writeBytes(("--b\r\nContent-Disposition: form-data; name=\"" + name + "\"" + file + "\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(content);
        body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
    }
}
