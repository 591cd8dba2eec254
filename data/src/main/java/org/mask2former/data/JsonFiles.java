package org.mask2former.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2FormerException;

/** How reports become JSON, and text becomes files. */
final class JsonFiles {
    static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private JsonFiles() {}

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** In percent; null where there is nothing. */
    static void percent(ObjectNode node, String field, OptionalDouble part) {
        if (part.isPresent()) {
            node.put(field, 100 * part.getAsDouble());
        } else {
            node.putNull(field);
        }
    }

    static void percent(ObjectNode node, String field, double part) {
        node.put(field, 100 * part);
    }

    static String text(JsonNode node) {
        return node.toPrettyString() + "\n";
    }

    /** Writes a file, whole or not at all. */
    static void write(Path file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a file, whole or not at all. */
    static void write(Path file, byte[] content) {
        try {
            AtomicFile.write(file, out -> out.write(content));
        } catch (IOException e) {
            throw new Mask2FormerException("cannot write " + file + ": " + AtomicFile.reason(e), e);
        }
    }
}
