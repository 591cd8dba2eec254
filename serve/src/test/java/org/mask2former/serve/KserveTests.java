package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mask2former.serve.TestServer.json;
import static org.mask2former.serve.TestServer.png;
import static org.mask2former.serve.TestServer.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.mask2former.image.Image;

/** The Open Inference Protocol. The requests of clients are, byte for byte, what the clients' sources say they send. */
class KserveTests {
    private static final byte[] PNG = png(48, 32);
    private static final String INFER = "/v2/models/tiny/infer";
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
    void healthAndMetadataAreTheProtocols() {
        assertThat(json(server.get("/v2/health/live")).get("live").asBoolean()).isTrue();
        assertThat(json(server.get("/v2/health/ready")).get("ready").asBoolean())
                .isTrue();
        assertThat(json(server.get("/v2")).get("extensions").toString()).contains("binary_tensor_data");
        JsonNode model = json(server.get("/v2/models/tiny/versions/1"));
        assertThat(model).isEqualTo(json(server.get("/v2/models/tiny")));
        assertThat(model.at("/inputs/0/datatype").asText()).isEqualTo("BYTES");
        assertThat(model.at("/outputs/1/shape").toString()).isEqualTo("[-1,-1,-1]");
        assertThat(server.get("/v2/models/tiny/ready").statusCode()).isEqualTo(200);
        assertThat(server.get("/v2/models/other").statusCode()).isEqualTo(404);
        assertThat(server.get("/v2/models/tiny/versions/2").statusCode()).isEqualTo(404);
    }

    /** tritonclient.http: InferInput("image", [1], "BYTES") from numpy, no outputs named; JSON by rapidjson. */
    @Test
    void tritonsClientSendsBinaryAndGetsBinary() throws IOException {
        String head =
                "{\"id\":\"42\",\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\",\"parameters\":"
                        + "{\"binary_data_size\":" + (4 + PNG.length)
                        + "}}],\"parameters\":{\"binary_data_output\":true,"
                        + "\"task\":\"panoptic\",\"threshold\":0.0,\"overlap_threshold\":0.0}}";
        HttpResponse<byte[]> response = server.post(
                INFER,
                join(head.getBytes(StandardCharsets.UTF_8), element(PNG)),
                "Inference-Header-Content-Length",
                Integer.toString(head.length()),
                "Content-Type",
                "application/octet-stream");
        assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
        int length = Integer.parseInt(
                response.headers().firstValue("Inference-Header-Content-Length").orElseThrow());
        JsonNode answer = TestServer.JSON.readTree(response.body(), 0, length);
        assertThat(answer.get("id").asText()).isEqualTo("42");
        ByteBuffer rest = ByteBuffer.wrap(response.body(), length, response.body().length - length)
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] result = new byte[rest.getInt()];
        rest.get(result);
        assertThat(answer.at("/outputs/0/parameters/binary_data_size").asInt()).isEqualTo(4 + result.length);
        JsonNode segments = TestServer.JSON.readTree(result).get("segments");
        assertThat(segments).isNotEmpty();
        assertThat(answer.at("/outputs/1/shape").toString()).isEqualTo("[1,32,48]");
        assertThat(rest.remaining()).isEqualTo(4 * 32 * 48);
        int first = segments.get(0).get("id").asInt();
        long pixels = 0;
        while (rest.hasRemaining()) if (rest.getInt() == first) pixels++;
        assertThat(pixels).isEqualTo(segments.get(0).get("area").asLong());
    }

    /** The same with binary_data=False and outputs named. */
    @Test
    void tritonsClientSendsJsonAndGetsTheOutputsItAsksFor() {
        String body = "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\""
                + Base64.getEncoder().encodeToString(PNG)
                + "\"]}],\"outputs\":[{\"name\":\"map\",\"parameters\":{\"binary_data\":false}}],"
                + "\"parameters\":{\"sequence_id\":7,\"sequence_start\":true,\"sequence_end\":false,\"priority\":1,"
                + "\"timeout\":1000000,\"task\":\"semantic\"}}";
        HttpResponse<byte[]> response = server.post(INFER, body.getBytes(StandardCharsets.UTF_8));
        assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
        JsonNode outputs = json(response).get("outputs");
        assertThat(outputs).hasSize(1);
        assertThat(outputs.at("/0/datatype").asText()).isEqualTo("INT32");
        assertThat(outputs.at("/0/data")).hasSize(32 * 48);
    }

    /** kserve.InferenceRESTClient: a numpy array [1, H, W, 3] of uint8 as binary data; JSON by orjson. */
    @Test
    void kservesClientSendsPixels() {
        byte[] rgb = Image.read(PNG, "a").rgb();
        String head =
                "{\"id\":\"9a6f2c1e-0b1d-4a8e-9f55-0f2f7f1f0d3a\",\"model_name\":\"tiny\",\"inputs\":[{\"name\":\"pixels\","
                        + "\"shape\":[1,32,48,3],\"datatype\":\"UINT8\",\"parameters\":{\"binary_data_size\":"
                        + rgb.length
                        + "}}],\"outputs\":[{\"name\":\"result\"}],\"parameters\":{\"task\":\"instance\",\"threshold\":0.0,\"top_k\":5}}";
        HttpResponse<byte[]> response = server.post(
                INFER,
                join(head.getBytes(StandardCharsets.UTF_8), rgb),
                "inference-header-content-length",
                Integer.toString(head.length()),
                "content-type",
                "application/octet-stream");
        assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
        assertThat(json(response).at("/outputs/0/data/0").asText()).contains("\"task\":\"instance\"");
        // as a dict, without binary data: the pixels as numbers
        String plain =
                "{\"id\":\"1\",\"model_name\":\"tiny\",\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,2,2,3],\"datatype\":"
                        + "\"UINT8\",\"data\":[1,2,3,4,5,6,7,8,9,10,11,12]}]}";
        HttpResponse<byte[]> small = server.post(INFER, plain.getBytes(StandardCharsets.UTF_8));
        assertThat(small.statusCode()).as(text(small)).isEqualTo(200);
        assertThat(json(small).at("/outputs/1/shape").toString()).isEqualTo("[1,2,2]");
    }

    @Test
    void severalPicturesAreAnsweredTogether() {
        String body = "{\"inputs\":[{\"name\":\"image\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\""
                + Base64.getEncoder().encodeToString(PNG) + "\",\""
                + Base64.getEncoder().encodeToString(png(20, 30))
                + "\"]}]}";
        JsonNode outputs =
                json(server.post(INFER, body.getBytes(StandardCharsets.UTF_8))).get("outputs");
        assertThat(outputs).as("no map: the pictures' sizes differ").hasSize(1);
        assertThat(outputs.at("/0/data")).hasSize(2);
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheReason() {
        assertRefused("{}", "no \"inputs\"");
        assertRefused(input("image", "[1]", "FP32", "[1]"), "must be of type BYTES");
        assertRefused(input("image", "[2]", "BYTES", "[\"aGk=\"]"), "but 1 elements");
        assertRefused(input("pixels", "[2,2,4]", "UINT8", "[1]"), "[H, W, 3]");
        assertRefused(input("pixels", "[1,1,3]", "UINT8", "[1,2,300]"), "from 0 to 255");
        assertRefused(input("pixels", "[1,1,3]", "UINT8", "[1,2]"), "but 2 numbers");
        assertRefused(input("picture", "[1]", "BYTES", "[\"aGk=\"]"), "no input \"picture\"");
        assertRefused(input("image", "[0]", "BYTES", "[]"), "shape with 0");
        assertThat(server.post(INFER, "{}".getBytes(), "Inference-Header-Content-Length", "99")
                        .statusCode())
                .isEqualTo(400);
        assertThat(server.post(
                                INFER,
                                input("pixels", "[100000,100000,3]", "UINT8", "[1]")
                                        .getBytes())
                        .statusCode())
                .isEqualTo(413);
    }

    private static String input(String name, String shape, String datatype, String data) {
        return "{\"inputs\":[{\"name\":\"" + name + "\",\"shape\":" + shape + ",\"datatype\":\"" + datatype
                + "\",\"data\":" + data + "}]}";
    }

    private static void assertRefused(String body, String reason) {
        HttpResponse<byte[]> response = server.post(INFER, body.getBytes(StandardCharsets.UTF_8));
        assertThat(response.statusCode()).as(text(response)).isEqualTo(422);
        assertThat(json(response).get("error").asText()).contains(reason);
    }

    private static byte[] element(byte[] content) {
        return join(
                ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(content.length)
                        .array(),
                content);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(out::writeBytes);
        return out.toByteArray();
    }
}
