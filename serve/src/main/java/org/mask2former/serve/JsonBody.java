package org.mask2former.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/** Reads bodies that are JSON. Jackson's own limits on nesting, numbers and texts hold. */
final class JsonBody {
    static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonBody() {}

    /** @throws HttpProblem 400 if it is not a JSON object */
    static JsonNode object(byte[] body) {
        return object(body, 0, body.length);
    }

    static JsonNode object(byte[] body, int offset, int length) {
        try {
            JsonNode root = MAPPER.readTree(body, offset, length);
            if (root != null && root.isObject()) {
                return root;
            }
            throw HttpProblem.malformed("the body must be a JSON object");
        } catch (JsonProcessingException e) {
            throw HttpProblem.malformed("the body is not JSON: "
                    + String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse(""));
        } catch (IOException e) {
            throw HttpProblem.malformed("the body is not JSON");
        }
    }
}
