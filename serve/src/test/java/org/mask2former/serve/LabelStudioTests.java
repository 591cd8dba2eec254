package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mask2former.serve.TestServer.json;
import static org.mask2former.serve.TestServer.png;
import static org.mask2former.serve.TestServer.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.mask2former.result.CocoRle;

class LabelStudioTests {
    private static final String BRUSH =
            "<View><Image name=\"image\" value=\"$photo\"/><BrushLabels name=\"tag\" toName=\"image\">"
                    + "<Label value=\"Class_0\"/><Label value=\"Second\" alias=\"class_1\"/><Label value=\"class_2\"/></BrushLabels></View>";
    private static final String URL =
            "data:image/png;base64," + Base64.getEncoder().encodeToString(png(50, 40));
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
    void aProjectConnects() {
        assertThat(json(server.get("/health")).get("status").asText()).isEqualTo("UP");
        HttpResponse<byte[]> setup = server.postJson(
                "/setup",
                Map.of("project", "1.12", "schema", BRUSH, "hostname", "http://localhost", "access_token", "x"));
        assertThat(json(setup).get("model_version").asText()).isEqualTo("tiny");
        assertThat(server.postJson("/setup", Map.of("schema", "<View><Text name='t' value='$t'/></View>"))
                        .statusCode())
                .isEqualTo(422);
        assertThat(server.postJson("/webhook", Map.of("action", "ANNOTATION_CREATED"))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void annotatorsGetBrushMasksOfTheProjectsLabels() {
        JsonNode answer = predict(BRUSH, "?task=instance&threshold=0&top_k=8");
        JsonNode prediction = answer.at("/results/0");
        assertThat(prediction.get("model_version").asText()).isEqualTo("tiny");
        assertThat(prediction.get("score").asDouble()).isBetween(0.0, 1.0);
        assertThat(prediction.get("result")).isNotEmpty();
        for (JsonNode region : prediction.get("result")) {
            assertThat(region.get("from_name").asText()).isEqualTo("tag");
            assertThat(region.get("type").asText()).isEqualTo("brushlabels");
            assertThat(region.get("original_width").asInt()).isEqualTo(50);
            assertThat(region.at("/value/brushlabels/0").asText()).isIn("Class_0", "Second", "class_2");
            int[] rle = TestServer.JSON.convertValue(region.at("/value/rle"), int[].class);
            assertThat(unpack(rle)).hasSize(4 * 50 * 40);
        }
    }

    @Test
    void polygonsAndRectanglesArePercentages() {
        for (String kind : List.of("Polygon", "Rectangle")) {
            String config = BRUSH.replace("BrushLabels", kind + "Labels");
            JsonNode result =
                    predict(config, "?threshold=0&overlap_threshold=0").at("/results/0/result");
            assertThat(result).as(kind).isNotEmpty();
            for (JsonNode region : result) {
                JsonNode value = region.get("value");
                JsonNode x = kind.equals("Polygon") ? value.at("/points/0/0") : value.get("x");
                assertThat(x.asDouble()).isBetween(0.0, 100.0);
            }
        }
    }

    @Test
    void aConfigurationThatWouldReadFilesIsRefused() {
        String evil = "<!DOCTYPE v [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><View>&x;</View>";
        HttpResponse<byte[]> response = server.postJson("/setup", Map.of("schema", evil));
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(text(response)).doesNotContain("root:");
    }

    @Test
    void tasksWithoutAPictureAndUrlsThatMayNotBeFetchedAreRefused() {
        assertThat(server.postJson("/predict", Map.of("tasks", List.of(), "label_config", BRUSH))
                        .statusCode())
                .isEqualTo(422);
        HttpResponse<byte[]> none = server.postJson(
                "/predict", Map.of("tasks", List.of(Map.of("data", Map.of("other", "x"))), "label_config", BRUSH));
        assertThat(json(none).get("error").asText()).contains("photo");
        HttpResponse<byte[]> away = server.postJson(
                "/predict",
                Map.of(
                        "tasks",
                        List.of(Map.of("data", Map.of("photo", "http://example.org/a"))),
                        "label_config",
                        BRUSH));
        assertThat(away.statusCode()).isEqualTo(403);
    }

    @Test
    void masksSurvivePackingWhateverTheirRuns() {
        long seed = 11;
        Random random = new Random(seed);
        for (int round = 0; round < 30; round++) {
            int height = 1 + random.nextInt(60);
            int width = 1 + random.nextInt(round == 0 ? 5000 : 60);
            byte[] mask = new byte[height * width];
            boolean inside = random.nextBoolean();
            for (int i = 0; i < mask.length; ) {
                int run = 1 + random.nextInt(1 + random.nextInt(1 + mask.length));
                Arrays.fill(mask, i, Math.min(mask.length, i + run), (byte) (inside ? 1 : 0));
                i += run;
                inside = !inside;
            }
            int[] values = unpack(LabelStudioRle.encode(CocoRle.encode(height, width, mask)));
            for (int i = 0; i < values.length; i++) {
                assertThat(values[i])
                        .as("seed %d, round %d, value %d", seed, round, i)
                        .isEqualTo(mask[i / 4] == 0 ? 0 : 255);
            }
        }
    }

    /** As rle-pack describes its own unpacking. */
    private static int[] unpack(int[] bytes) {
        int[] at = {0};
        java.util.function.IntUnaryOperator read = count -> {
            int value = 0;
            for (int i = 0; i < count; i++, at[0]++) value = value << 1 | bytes[at[0] / 8] >> 7 - at[0] % 8 & 1;
            return value;
        };
        int[] values = new int[read.applyAsInt(32)];
        int wordSize = read.applyAsInt(5) + 1;
        int[] sizes = new int[4];
        for (int i = 0; i < 4; i++) sizes[i] = read.applyAsInt(4) + 1;
        for (int i = 0; i < values.length; ) {
            boolean same = read.applyAsInt(1) == 1;
            int end = i + 1 + read.applyAsInt(sizes[read.applyAsInt(2)]);
            int value = same ? read.applyAsInt(wordSize) : 0;
            for (; i < end; i++) values[i] = same ? value : read.applyAsInt(wordSize);
        }
        return values;
    }

    private static JsonNode predict(String config, String query) {
        HttpResponse<byte[]> response = server.postJson(
                "/predict" + query,
                Map.of("tasks", List.of(Map.of("id", 1, "data", Map.of("photo", URL))), "label_config", config));
        assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
        return json(response);
    }
}
