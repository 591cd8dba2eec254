package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mask2former.serve.KserveExchange.replay;
import static org.mask2former.serve.TestServer.json;
import static org.mask2former.serve.TestServer.png;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.image.Image;

/** What {@code tritonclient.http} and {@code kserve.InferenceRESTClient} send, byte for byte: kserve/README.md. */
class KserveClientTests {
    private static final String PANOPTIC = "?task=panoptic&threshold=0.0&overlap_threshold=0.0";
    private static final byte[] PNG = png(48, 32);
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(TestServer.OPTIONS);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"triton-live", "triton-ready", "triton-model-ready", "triton-model-ready-version"})
    void tritonsClientSeesThatAllIsWellByTheStatus(String recorded) throws IOException {
        assertThat(replay(server, recorded).status).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"kserve-live, live", "kserve-ready, ready", "kserve-model-ready, ready"})
    void kservesClientReadsThatAllIsWell(String recorded, String field) throws IOException {
        KserveExchange answer = replay(server, recorded);
        assertThat(answer.status).isEqualTo(200);
        assertThat(answer.json().get(field).booleanValue()).isTrue();
    }

    @Test
    void metadataTellWhatThereIs() throws IOException {
        JsonNode about = replay(server, "triton-server-metadata").json();
        assertThat(about.get("name").asText()).isEqualTo("mask2former");
        assertThat(about.get("version").asText()).isNotEmpty();
        assertThat(about.get("extensions").toString()).isEqualTo("[\"binary_tensor_data\"]");
        JsonNode model = replay(server, "triton-model-metadata").json();
        assertThat(model.get("name").asText()).isEqualTo("tiny");
        assertThat(model.get("versions").toString()).isEqualTo("[\"1\"]");
        assertThat(model.get("inputs").findValuesAsText("name")).containsExactly("image", "pixels");
        assertThat(model.at("/inputs/0/datatype").asText()).isEqualTo("BYTES");
        assertThat(model.get("outputs").findValuesAsText("name")).containsExactly("result", "map");
        assertThat(model.at("/outputs/1/shape").toString()).isEqualTo("[-1,-1,-1]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "triton-infer",
                "triton-infer-full",
                "triton-infer-outputs",
                "triton-pixels",
                "triton-request-gzip",
                "triton-request-deflate",
                "triton-response-gzip",
                "triton-response-deflate",
                "triton-both-gzip",
                "kserve-infer",
                "kserve-infer-binary-outputs",
                "kserve-infer-outputs",
                "kserve-infer-json",
                "kserve-infer-dict",
                "kserve-pixels"
            })
    void howeverAPictureIsSentItsSegmentsAreThoseOfTheServersOwnApi(String recorded) throws IOException {
        KserveExchange answer = replay(server, recorded);
        Map<String, KserveExchange.Tensor> outputs = answer.outputs();
        assertThat(answer.json().get("model_name").asText()).isEqualTo("tiny");
        assertThat(answer.json().get("model_version").asText()).isEqualTo("1");
        assertThat(outputs).containsOnlyKeys("result", "map");
        assertSegments(outputs.get("result"), 0, PNG, PANOPTIC);
        assertThat(outputs.get("map").datatype()).isEqualTo("INT32");
        assertThat(outputs.get("map").shape()).containsExactly(1, 32, 48);
        assertThat(outputs.get("map").values()).isEqualTo(ids());
    }

    @Test
    void dataAreBinaryOrJsonAsTheClientWants() throws IOException {
        assertThat(replay(server, "triton-infer").outputs().values()).allMatch(KserveExchange.Tensor::binary);
        assertThat(replay(server, "kserve-infer-binary-outputs").outputs().values())
                .allMatch(KserveExchange.Tensor::binary);
        assertThat(replay(server, "kserve-infer").outputs().values()).noneMatch(KserveExchange.Tensor::binary);
        for (String recorded : List.of("triton-infer-outputs", "kserve-infer-outputs")) {
            Map<String, KserveExchange.Tensor> outputs =
                    replay(server, recorded).outputs();
            assertThat(outputs.keySet()).as("in the order asked for").containsExactly("map", "result");
            assertThat(outputs.get("map").binary()).isTrue();
            assertThat(outputs.get("result").binary()).isFalse();
        }
    }

    @Test
    void anAnswerIsCompressedForWhoAsksForIt() throws IOException {
        assertThat(replay(server, "triton-response-gzip").headers).containsEntry("Content-Encoding", "gzip");
        assertThat(replay(server, "kserve-infer").headers).containsEntry("Content-Encoding", "gzip");
        assertThat(replay(server, "triton-infer").headers).doesNotContainKey("Content-Encoding");
    }

    @ParameterizedTest
    @ValueSource(strings = {"triton-infer-full", "kserve-infer-binary-outputs"})
    void theRequestsIdComesBack(String recorded) throws IOException {
        assertThat(replay(server, recorded).json().get("id").asText()).isEqualTo("42");
    }

    @Test
    void onlyTheOutputsAskedForAreSent() throws IOException {
        Map<String, KserveExchange.Tensor> outputs =
                replay(server, "triton-infer-json").outputs();
        assertThat(outputs).containsOnlyKeys("map");
        assertThat(outputs.get("map").binary()).isFalse();
        assertThat(outputs.get("map").values()).isEqualTo(ids());
    }

    @ParameterizedTest
    @ValueSource(strings = {"triton-infer-two", "kserve-infer-two"})
    void picturesOfUnequalSizeHaveTwoResultsAndNoMap(String recorded) throws IOException {
        Map<String, KserveExchange.Tensor> outputs = replay(server, recorded).outputs();
        assertThat(outputs).containsOnlyKeys("result");
        assertThat(outputs.get("result").shape()).containsExactly(2);
        assertSegments(outputs.get("result"), 0, PNG, PANOPTIC);
        assertSegments(outputs.get("result"), 1, png(20, 30), PANOPTIC);
    }

    @ParameterizedTest
    @ValueSource(strings = {"triton-pixels-json", "kserve-pixels-json"})
    void pixelsMayBeNumbers(String recorded) throws IOException {
        Map<String, KserveExchange.Tensor> outputs = replay(server, recorded).outputs();
        assertThat(outputs.get("result").shape()).containsExactly(1);
        assertThat(outputs.get("map").shape()).containsExactly(1, 4, 5);
    }

    @Test
    void theParametersChooseTheTask() throws IOException {
        Map<String, KserveExchange.Tensor> semantic =
                replay(server, "triton-semantic").outputs();
        assertSegments(semantic.get("result"), 0, PNG, "?task=semantic");
        List<?> map = semantic.get("map").values();
        for (JsonNode segment : segments(PNG, "?task=semantic")) {
            int label = segment.get("label_id").intValue();
            assertThat(map.stream().filter(v -> v.equals(label)).count())
                    .as("pixels of class " + label)
                    .isEqualTo(segment.get("area").longValue());
        }
        Map<String, KserveExchange.Tensor> instances =
                replay(server, "triton-instance").outputs();
        assertThat(instances).as("instances may overlap").containsOnlyKeys("result");
        assertSegments(instances.get("result"), 0, PNG, "?task=instance&threshold=0.0&top_k=5");
    }

    @ParameterizedTest
    @CsvSource({
        "triton-model-ready-unknown, 404, other",
        "triton-model-config, 404, no such path",
        "triton-unknown-model, 404, other",
        "triton-unknown-version, 404, only 1",
        "triton-unknown-output, 422, masks",
        "triton-wrong-shape, 422, '[H, W, 3]'",
        "triton-no-picture, 415, picture",
        "kserve-model-ready-unknown, 404, other",
        "kserve-unknown-model, 404, other",
        "kserve-wrong-shape, 422, '[H, W, 3]'",
        "kserve-fp16, 422, 'UINT8, but is FP16'"
    })
    void aRefusalHasItsReasonWhereClientsLookForIt(String recorded, int status, String reason) throws IOException {
        KserveExchange answer = replay(server, recorded);
        assertThat(answer.status).isEqualTo(status);
        assertThat(answer.headers).containsEntry("Content-Type", "application/json");
        assertThat(answer.json().get("error").textValue()).contains(reason);
    }

    private static JsonNode segments(byte[] picture, String query) {
        JsonNode segments = json(server.post("/v1/segment" + query, picture)).get("segments");
        assertThat(segments).isNotEmpty();
        return segments;
    }

    private static void assertSegments(KserveExchange.Tensor result, int picture, byte[] png, String query)
            throws IOException {
        assertThat(result.datatype()).isEqualTo("BYTES");
        JsonNode answered = TestServer.JSON.readTree((String) result.values().get(picture));
        assertThat(answered.get("segments")).isEqualTo(segments(png, query));
    }

    /** The segments' ids in the PNG that the server's own API makes. */
    private static List<Integer> ids() {
        byte[] png = server.post("/v1/segment" + PANOPTIC, PNG, "Accept", "image/png;form=panoptic")
                .body();
        byte[] rgb = Image.read(png, "ids").rgb();
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < rgb.length; i += 3) {
            ids.add((rgb[i] & 255) + ((rgb[i + 1] & 255) << 8) + ((rgb[i + 2] & 255) << 16));
        }
        assertThat(ids.stream().distinct().count()).isGreaterThan(1);
        return ids;
    }
}
