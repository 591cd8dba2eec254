package org.mask2former.serve;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.mask2former.image.Image;

/**
 * A tensor of a request of the Open Inference Protocol, its data as JSON or as bytes behind it.
 *
 * @param shape of which every length is 1 or more
 * @param json the data, or a missing node if they are binary
 * @param binary the data, little-endian; empty if they are JSON
 */
record KserveTensor(String name, String datatype, long[] shape, JsonNode json, ByteBuffer binary) {
    private boolean isBinary() {
        return json.isMissingNode();
    }

    private HttpProblem wrong(String what) {
        return HttpProblem.unprocessable("input \"" + name + "\" " + what);
    }

    private long elements() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** Elements of type BYTES; in JSON they are base64. */
    List<byte[]> texts() {
        require("BYTES");
        boolean vector = shape.length == 1 || shape.length == 2 && shape[1] == 1;
        if (!vector) {
            throw wrong("must have the shape [N], a file for each picture, but has " + Arrays.toString(shape));
        }
        List<byte[]> all = new ArrayList<>();
        if (isBinary()) {
            ByteBuffer rest = binary.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            while (rest.hasRemaining()) {
                int length = rest.remaining() < 4 ? -1 : rest.getInt();
                if (length < 0 || length > rest.remaining()) {
                    throw wrong("has binary data in which a length does not fit");
                }
                byte[] element = new byte[length];
                rest.get(element);
                all.add(element);
            }
        } else {
            gather(json, all);
        }
        if (all.size() != elements()) {
            throw wrong("has the shape " + Arrays.toString(shape) + " but " + all.size() + " elements");
        }
        return all;
    }

    private void gather(JsonNode node, List<byte[]> into) {
        if (node.isArray()) {
            node.forEach(n -> gather(n, into));
        } else if (node.isTextual()) {
            try {
                into.add(Base64.getMimeDecoder().decode(node.asText()));
            } catch (IllegalArgumentException e) {
                throw wrong("must be base64 where it is JSON");
            }
        } else {
            throw wrong("must be an array of texts");
        }
    }

    /** Pictures of type UINT8, {@code [H, W, 3]} or {@code [N, H, W, 3]}, RGB. */
    List<Image> pixels(long mostPixels) {
        require("UINT8");
        boolean fits = (shape.length == 3 || shape.length == 4) && shape[shape.length - 1] == 3;
        if (!fits) {
            throw wrong("must have the shape [H, W, 3] or [N, H, W, 3], but has " + Arrays.toString(shape));
        }
        long height = shape[shape.length - 3];
        long width = shape[shape.length - 2];
        if (Math.multiplyExact(height, width) > mostPixels) {
            throw new HttpProblem(
                    413,
                    "too_large",
                    "a picture of " + width + "×" + height + " has more than " + mostPixels + " pixels");
        }
        byte[] all = bytes();
        if (all.length != elements()) {
            throw wrong("has the shape " + Arrays.toString(shape) + " but " + all.length + " numbers");
        }
        int each = (int) (3 * height * width);
        List<Image> pictures = new ArrayList<>();
        for (int at = 0; at < all.length; at += each) {
            byte[] rgb = each == all.length ? all : Arrays.copyOfRange(all, at, at + each);
            pictures.add(Image.ofRgb((int) width, (int) height, rgb));
        }
        return pictures;
    }

    private byte[] bytes() {
        if (isBinary()) {
            byte[] bytes = new byte[binary.remaining()];
            binary.duplicate().get(bytes);
            return bytes;
        }
        ByteArrayOutputStream into = new ByteArrayOutputStream();
        gather(json, into);
        return into.toByteArray();
    }

    private void gather(JsonNode node, ByteArrayOutputStream into) {
        if (node.isArray()) {
            node.forEach(n -> gather(n, into));
            return;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.asInt() < 0 || node.asInt() > 255) {
            throw wrong("must have numbers from 0 to 255");
        }
        into.write(node.asInt());
    }

    private void require(String type) {
        if (!datatype.equals(type)) {
            throw wrong("must be of type " + type + ", but is " + datatype);
        }
    }
}
