package org.mask2former.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.Segmentation;
import org.mask2former.result.SemanticPng;
import org.mask2former.result.SemanticSegmentation;

/**
 * The answer to an inference request. Its outputs are {@value #RESULT}, a JSON text for each picture, and {@value #MAP}, a
 * number for each pixel, where the task has one and the pictures are of one size.
 */
final class KserveAnswer {
    static final String RESULT = "result";
    static final String MAP = "map";
    /** In a map of classes, what belongs to none. */
    private static final int NO_CLASS = -1;

    /** One picture's part: its JSON, and its map {@code [height, width]} unless segments may overlap. */
    record Part(String json, Optional<int[]> map, int height, int width, Timings timings) {
        static Part of(Segmentation result, String json, Timings timings) {
            return new Part(
                    json,
                    map(result),
                    result.picture().height(),
                    result.picture().width(),
                    timings);
        }

        private static Optional<int[]> map(Segmentation result) {
            if (result instanceof PanopticSegmentation panoptic) {
                return Optional.of(panoptic.idMap());
            }
            if (!(result instanceof SemanticSegmentation semantic)) {
                return Optional.empty();
            }
            int nothing = semantic.labels().size() > SemanticPng.VOID ? SemanticPng.VOID_16 : SemanticPng.VOID;
            int[] map = new int[semantic.classMap().length];
            for (int i = 0; i < map.length; i++) {
                int value = semantic.classMap()[i] & 0xffff;
                map[i] = value == nothing ? NO_CLASS : value;
            }
            return Optional.of(map);
        }

        boolean stacksOn(Part other) {
            return map.isPresent() && height == other.height && width == other.width;
        }
    }

    /** Ready to be sent. @param headLength of the JSON, if binary data follow it */
    record Made(byte[] bytes, Optional<Integer> headLength) {}

    private final KserveRequest request;
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

    private KserveAnswer(KserveRequest request) {
        this.request = request;
    }

    /** @throws HttpProblem 422 if an output is asked for that there is not */
    static Made make(KserveRequest request, String model, List<Part> parts) {
        return new KserveAnswer(request).make(model, parts);
    }

    private Made make(String model, List<Part> parts) {
        boolean stack = parts.stream().allMatch(p -> p.stacksOn(parts.get(0)));
        List<String> names = new ArrayList<>(request.outputs().keySet());
        if (names.isEmpty()) {
            names.addAll(stack ? List.of(RESULT, MAP) : List.of(RESULT));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JsonBody.MAPPER.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("model_name", model);
            json.writeStringField("model_version", KserveRoutes.VERSION);
            if (!request.id().isEmpty()) {
                json.writeStringField("id", request.id());
            }
            json.writeArrayFieldStart("outputs");
            for (String name : names) {
                switch (name) {
                    case RESULT -> results(json, parts);
                    case MAP -> maps(json, parts, stack);
                    default ->
                        throw HttpProblem.unprocessable(
                                "there is no output \"" + name + "\"; there are " + RESULT + " and " + MAP);
                }
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (binary.size() == 0) {
            return new Made(out.toByteArray(), Optional.empty());
        }
        int head = out.size();
        out.writeBytes(binary.toByteArray());
        return new Made(out.toByteArray(), Optional.of(head));
    }

    private void results(JsonGenerator json, List<Part> parts) throws IOException {
        begin(json, RESULT, "BYTES", new long[] {parts.size()});
        if (isBinary(RESULT)) {
            int before = binary.size();
            for (Part part : parts) {
                byte[] text = part.json.getBytes(StandardCharsets.UTF_8);
                binary.writeBytes(little(4).putInt(text.length).array());
                binary.writeBytes(text);
            }
            end(json, binary.size() - before);
            return;
        }
        json.writeArrayFieldStart("data");
        for (Part part : parts) json.writeString(part.json);
        json.writeEndArray();
        json.writeEndObject();
    }

    private void maps(JsonGenerator json, List<Part> parts, boolean stack) throws IOException {
        if (!stack) {
            throw HttpProblem.unprocessable("there is no output " + MAP
                    + " for instances, which may overlap, nor for pictures of unequal size");
        }
        int pixels = parts.get(0).height * parts.get(0).width;
        begin(json, MAP, "INT32", new long[] {parts.size(), parts.get(0).height, parts.get(0).width});
        if (isBinary(MAP)) {
            ByteBuffer bytes = little(Math.multiplyExact(4 * pixels, parts.size()));
            for (Part part : parts) {
                for (int value : part.map.orElseThrow()) bytes.putInt(value);
            }
            binary.writeBytes(bytes.array());
            end(json, bytes.capacity());
            return;
        }
        json.writeArrayFieldStart("data");
        for (Part part : parts) {
            for (int value : part.map.orElseThrow()) json.writeNumber(value);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private boolean isBinary(String output) {
        return request.outputs().getOrDefault(output, Optional.empty()).orElse(request.binaryOutput());
    }

    private static void begin(JsonGenerator json, String name, String datatype, long[] shape) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", name);
        json.writeStringField("datatype", datatype);
        json.writeFieldName("shape");
        json.writeArray(shape, 0, shape.length);
    }

    private static void end(JsonGenerator json, int binarySize) throws IOException {
        json.writeObjectFieldStart("parameters");
        json.writeNumberField("binary_data_size", binarySize);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
