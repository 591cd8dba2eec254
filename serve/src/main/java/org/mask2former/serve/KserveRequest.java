package org.mask2former.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An inference request of the Open Inference Protocol (KServe v2), with its extension for binary tensor data.
 *
 * @param id the client's, or empty
 * @param parameters those that ask something of the segmentation
 * @param outputs what is asked for, each with whether it shall be binary; empty for all
 * @param binaryOutput whether outputs that do not say it shall be binary
 */
record KserveRequest(
        String id,
        Parameters parameters,
        List<KserveTensor> inputs,
        Map<String, Optional<Boolean>> outputs,
        boolean binaryOutput) {
    /** Parameters of the protocol and of Triton that mean nothing here, or are dealt with elsewhere. */
    private static final Set<String> PASSED_OVER = Set.of(
            "binary_data_output", "sequence_id", "sequence_start", "sequence_end", "priority", "timeout", "headers");

    /**
     * Reads it.
     *
     * @param headLength the length of the JSON, as {@code Inference-Header-Content-Length} has it; binary data follow
     * @throws HttpProblem 400 or 422 if it is not one
     */
    static KserveRequest parse(byte[] body, Optional<String> headLength) {
        int head = headLength.map(h -> length(h, body.length)).orElse(body.length);
        JsonNode root = JsonBody.object(body, 0, head);
        Parameters parameters = new Parameters();
        for (Map.Entry<String, JsonNode> entry : root.path("parameters").properties()) {
            if (!PASSED_OVER.contains(entry.getKey())) {
                parameters.add(entry.getKey(), entry.getValue().asText());
            }
        }
        ByteBuffer rest = ByteBuffer.wrap(body, head, body.length - head);
        List<KserveTensor> inputs = new ArrayList<>();
        for (JsonNode input : root.path("inputs")) {
            inputs.add(tensor(input, rest));
        }
        if (inputs.isEmpty()) {
            throw HttpProblem.unprocessable("there are no \"inputs\"");
        }
        if (rest.hasRemaining()) {
            throw HttpProblem.unprocessable(rest.remaining() + " bytes of binary data belong to no input");
        }
        Map<String, Optional<Boolean>> outputs = new LinkedHashMap<>();
        for (JsonNode output : root.path("outputs")) {
            JsonNode binary = output.at("/parameters/binary_data");
            outputs.put(
                    output.path("name").asText(),
                    binary.isBoolean() ? Optional.of(binary.asBoolean()) : Optional.empty());
        }
        boolean binary = root.at("/parameters/binary_data_output").asBoolean(false);
        return new KserveRequest(root.path("id").asText(""), parameters, inputs, outputs, binary);
    }

    private static int length(String header, int most) {
        try {
            int length = Integer.parseInt(header.strip());
            if (length >= 0 && length <= most) {
                return length;
            }
        } catch (NumberFormatException e) {
            // as a length that does not fit
        }
        throw HttpProblem.malformed("Inference-Header-Content-Length must be from 0 to the body's " + most + " bytes");
    }

    private static KserveTensor tensor(JsonNode input, ByteBuffer rest) {
        String name = input.path("name").asText();
        JsonNode dimensions = input.path("shape");
        if (name.isEmpty() || !dimensions.isArray() || dimensions.isEmpty() || dimensions.size() > 8) {
            throw HttpProblem.unprocessable("an input must have a \"name\", a \"datatype\" and a \"shape\"");
        }
        long[] shape = new long[dimensions.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = dimensions.get(i).asLong(-1);
            if (shape[i] < 1 || shape[i] > Integer.MAX_VALUE) {
                throw HttpProblem.unprocessable("input \"" + name + "\" has a shape with "
                        + dimensions.get(i).asText());
            }
        }
        String datatype = input.path("datatype").asText();
        JsonNode size = input.at("/parameters/binary_data_size");
        if (size.isMissingNode()) {
            JsonNode data = input.path("data");
            if (!data.isArray()) {
                throw HttpProblem.unprocessable("input \"" + name + "\" has no array \"data\", nor binary data");
            }
            return new KserveTensor(name, datatype, shape, data, ByteBuffer.allocate(0));
        }
        long bytes = size.asLong(-1);
        if (bytes < 0 || bytes > rest.remaining()) {
            throw HttpProblem.unprocessable("input \"" + name + "\" has binary_data_size " + size.asText() + ", but "
                    + rest.remaining() + " bytes follow the JSON; is Inference-Header-Content-Length right?");
        }
        ByteBuffer data = rest.slice(rest.position(), (int) bytes);
        rest.position(rest.position() + (int) bytes);
        return new KserveTensor(name, datatype, shape, MissingNode.getInstance(), data);
    }
}
