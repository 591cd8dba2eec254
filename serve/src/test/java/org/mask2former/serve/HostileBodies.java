package org.mask2former.serve;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;

/** Makes bodies that are nearly right: of pictures, forms, JSON and tensors, with bytes changed, cut out, or repeated. */
final class HostileBodies {
    record Body(String what, String path, byte[] bytes, String... headers) {}

    private static final List<String> INFER_KEYS = List.of("inputs", "shape", "datatype", "data", "name", "parameters");
    private static final String INFER = "/v2/models/tiny/infer";

    private final byte[] png;
    private final Random random;

    HostileBodies(byte[] png, Random random) {
        this.png = png;
        this.random = random;
    }

    Body next() {
        return switch (random.nextInt(8)) {
            case 0 -> new Body("picture", "/v1/segment", spoil(png), "Content-Type", "image/png");
            case 1 -> new Body("noise", "/v1/segment", noise(random.nextInt(2000)), "Content-Type", "image/jpeg");
            case 2 -> form();
            case 3 ->
                new Body(
                        "JSON",
                        "/v1/segment",
                        spoil(text("{\"url\":\"http://127.0.0.1/a\",\"task\":\"semantic\"}")),
                        "Content-Type",
                        "application/json");
            case 4 ->
                new Body(
                        "nested JSON",
                        INFER,
                        text("{\"inputs\":" + "[".repeat(5000)),
                        "Content-Type",
                        "application/json");
            case 5 -> tensor();
            case 6 -> binaryTensor();
            default ->
                new Body(
                        "labels",
                        "/predict",
                        spoil(
                                text(
                                        "{\"tasks\":[{\"data\":{\"image\":\"data:image/png;base64,"
                                                + Base64.getEncoder().encodeToString(png)
                                                + "\"}}],\"label_config\":\"<View><Image name='i' value='$image'/>"
                                                + "<BrushLabels name='b' toName='i'><Label value='class_0'/></BrushLabels></View>\"}")));
        };
    }

    private Body form() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int parts = random.nextInt(80);
        for (int i = 0; i < parts; i++) {
            body.writeBytes(text("--b\r\nContent-Disposition: form-data; name=\"p" + i + "\"\r\n\r\n"));
            body.writeBytes(noise(random.nextInt(50)));
            body.writeBytes(text("\r\n"));
        }
        body.writeBytes(text("--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"../../x\"\r\n\r\n"));
        body.writeBytes(png);
        body.writeBytes(text("\r\n--b--\r\n"));
        String boundary = random.nextInt(4) == 0 ? "other" : "b";
        return new Body(
                "form",
                "/v1/segment",
                spoil(body.toByteArray()),
                "Content-Type",
                "multipart/form-data; boundary=" + boundary);
    }

    private Body tensor() {
        String json =
                "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[2,2,3],\"datatype\":\"UINT8\",\"data\":[1,2,3,4,5,6,7,8,9,10,11,12]}]}";
        List<String> numbers =
                List.of("-1", "0", "2147483647", "9223372036854775807", "1e300", "null", "\"x\"", "[]", "{}");
        String changed =
                json.replaceFirst(random.nextBoolean() ? "2" : "12", numbers.get(random.nextInt(numbers.size())));
        if (random.nextInt(3) == 0) {
            changed = changed.replace(INFER_KEYS.get(random.nextInt(INFER_KEYS.size())), "other");
        }
        return new Body("tensor", INFER, text(changed), "Content-Type", "application/json");
    }

    private Body binaryTensor() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int size = random.nextBoolean() ? png.length + 4 : random.nextInt() & 0x7fffffff;
        byte[] head = text(
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\",\"parameters\":{\"binary_data_size\":"
                        + size + "}}]}");
        body.writeBytes(head);
        int length = random.nextBoolean() ? png.length : random.nextInt();
        body.writeBytes(new byte[] {(byte) length, (byte) (length >> 8), (byte) (length >> 16), (byte) (length >> 24)});
        body.writeBytes(random.nextBoolean() ? png : spoil(png));
        String told = random.nextInt(3) == 0 ? Integer.toString(random.nextInt()) : Integer.toString(head.length);
        return new Body("binary tensor", INFER, body.toByteArray(), "Inference-Header-Content-Length", told);
    }

    /** Changes bytes, cuts some out, cuts the end off, or writes a part twice. */
    /** With bytes changed or cut out, cut off, or twice. */
    byte[] spoil(byte[] bytes) {
        byte[] copy = bytes.clone();
        switch (random.nextInt(4)) {
            case 0 -> {
                for (int i = 0; i <= random.nextInt(20); i++)
                    copy[random.nextInt(copy.length)] = (byte) random.nextInt();
            }
            case 1 -> copy = Arrays.copyOf(copy, random.nextInt(copy.length));
            case 2 -> {
                int from = random.nextInt(copy.length);
                int to = from + random.nextInt(copy.length - from);
                byte[] rest = Arrays.copyOf(copy, copy.length - (to - from));
                System.arraycopy(copy, to, rest, from, copy.length - to);
                copy = rest;
            }
            default -> {
                byte[] twice = Arrays.copyOf(copy, 2 * copy.length);
                System.arraycopy(copy, 0, twice, copy.length, copy.length);
                copy = twice;
            }
        }
        return copy;
    }

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
