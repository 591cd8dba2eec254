package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/** A request as it was recorded, and what a server answers to it, read by the rules of the protocol. */
final class KserveExchange {
    /** An output. @param values texts, or numbers as Java's */
    record Tensor(List<Integer> shape, String datatype, boolean binary, List<?> values) {}

    final int status;
    final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    final byte[] body;

    private KserveExchange(DataInputStream in) throws IOException {
        status = Integer.parseInt(line(in).split(" ")[1]);
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            headers.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
        }
        byte[] content = in.readNBytes(Integer.parseInt(headers.get("Content-Length")));
        if ("gzip".equals(headers.get("Content-Encoding"))) {
            try (InputStream plain = new GZIPInputStream(new ByteArrayInputStream(content))) {
                content = plain.readAllBytes();
            }
        }
        body = content;
    }

    /** Sends the bytes of {@code kserve/NAME.http} and nothing else. */
    static KserveExchange replay(TestServer server, String name) throws IOException {
        try (InputStream file = KserveExchange.class.getResourceAsStream("kserve/" + name + ".http");
                Socket socket = new Socket("127.0.0.1", server.server.port())) {
            assertThat(file).as(name).isNotNull();
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(file.readAllBytes());
            return new KserveExchange(new DataInputStream(socket.getInputStream()));
        }
    }

    private static String line(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    /** The JSON before the binary data, if there are any. */
    JsonNode json() throws IOException {
        return TestServer.JSON.readTree(body, 0, headLength());
    }

    private int headLength() {
        String length = headers.get("Inference-Header-Content-Length");
        return length == null ? body.length : Integer.parseInt(length);
    }

    /** Outputs by name, in their order; all of the body must be used. */
    Map<String, Tensor> outputs() throws IOException {
        assertThat(status).as(new String(body, StandardCharsets.UTF_8)).isEqualTo(200);
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        ByteBuffer rest = ByteBuffer.wrap(body, headLength(), body.length - headLength());
        for (JsonNode output : json().get("outputs")) {
            JsonNode size = output.at("/parameters/binary_data_size");
            assertThat(output.has("data")).as("data or binary data").isEqualTo(size.isMissingNode());
            String datatype = output.get("datatype").asText();
            List<Object> values = new ArrayList<>();
            if (size.isInt()) {
                values.addAll(values(datatype, rest.slice(rest.position(), size.asInt())));
                rest.position(rest.position() + size.asInt());
            } else {
                for (JsonNode value : output.get("data")) {
                    values.add(datatype.equals("BYTES") ? value.textValue() : (Object) value.intValue());
                }
            }
            List<Integer> shape = new ArrayList<>();
            output.get("shape").forEach(n -> shape.add(n.intValue()));
            assertThat(values).hasSize(shape.stream().reduce(1, Math::multiplyExact));
            outputs.put(output.get("name").asText(), new Tensor(shape, datatype, size.isInt(), values));
        }
        assertThat(rest.remaining()).as("bytes that belong to no output").isZero();
        return outputs;
    }

    private static List<?> values(String datatype, ByteBuffer data) {
        ByteBuffer little = data.order(ByteOrder.LITTLE_ENDIAN);
        if (datatype.equals("INT32")) {
            return IntStream.range(0, little.remaining() / 4)
                    .map(i -> little.getInt(4 * i))
                    .boxed()
                    .toList();
        }
        assertThat(datatype.toUpperCase(Locale.ROOT)).isEqualTo("BYTES");
        List<String> texts = new ArrayList<>();
        while (little.hasRemaining()) {
            byte[] text = new byte[little.getInt()];
            little.get(text);
            texts.add(new String(text, StandardCharsets.UTF_8));
        }
        return texts;
    }
}
