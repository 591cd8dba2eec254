package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mask2former.serve.TestServer.json;
import static org.mask2former.serve.TestServer.text;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Open Inference Protocol beyond what {@link KserveClientTests} replays. */
class KserveTests {
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
    void aModelHasOneVersion() {
        assertThat(json(server.get("/v2/models/tiny/versions/1"))).isEqualTo(json(server.get("/v2/models/tiny")));
        assertThat(server.get("/v2/models/tiny/versions/2").statusCode()).isEqualTo(404);
        assertThat(server.get("/v2/models/other").statusCode()).isEqualTo(404);
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
}
