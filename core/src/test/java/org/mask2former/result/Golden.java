package org.mask2former.result;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.image.Geometry;
import org.mask2former.image.Image;
import org.mask2former.ops.HostTensor;

/** The golden values of one fixture, and how results are compared with them. */
final class Golden {
    /** The share of pixels that may differ because two values are equal but for rounding. */
    static final double TIES = 1e-4;

    private final Weights tensors;
    final JsonNode json;

    Golden(String fixture) {
        tensors = Safetensors.open(Fixtures.path(fixture + "/expected.safetensors"));
        try {
            json = new ObjectMapper()
                    .readTree(Fixtures.path(fixture + "/expected.json").toFile());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    int[] shape(String name) {
        return tensors.shape(name);
    }

    boolean has(String name) {
        return tensors.names().contains(name);
    }

    int[] ints(String name) {
        float[] values = tensors.tensor(name).toFloats();
        int[] ints = new int[values.length];
        Arrays.setAll(ints, i -> (int) values[i]);
        return ints;
    }

    float[] floats(String name) {
        return tensors.tensor(name).toFloats();
    }

    /** One picture's prediction of batched logits {@code [B, Q, C + 1]} and {@code [B, Q, h, w]}. */
    Prediction prediction(String classLogits, String maskLogits, int batch, Geometry geometry) {
        HostTensor classes = tensors.tensor(classLogits);
        HostTensor masks = tensors.tensor(maskLogits);
        int[] c = classes.shape();
        int[] m = masks.shape();
        int classCount = c[1] * c[2];
        int maskCount = m[1] * m[2] * m[3];
        return new Prediction(
                c[1],
                c[2] - 1,
                Arrays.copyOfRange(classes.toFloats(), batch * classCount, (batch + 1) * classCount),
                m[2],
                m[3],
                Arrays.copyOfRange(masks.toFloats(), batch * maskCount, (batch + 1) * maskCount),
                geometry);
    }

    static Image blank(int height, int width) {
        return Image.ofRgb(width, height, new byte[3 * height * width]);
    }

    /** So many classes, all things but those given. */
    static Labels labels(int n, Integer... stuff) {
        List<Label> labels = new ArrayList<>();
        for (int i = 0; i < n; i++)
            labels.add(new Label(i, "class_" + i, !List.of(stuff).contains(i), i, i));
        return Labels.of(labels);
    }

    /** How many pixels differ, as a share. */
    static double difference(int[] expected, int[] actual) {
        if (expected.length != actual.length) throw new AssertionError(expected.length + " and " + actual.length);
        int different = 0;
        for (int i = 0; i < expected.length; i++) if (expected[i] != actual[i]) different++;
        return (double) different / expected.length;
    }

    static int[] ints(short[] values) {
        int[] ints = new int[values.length];
        Arrays.setAll(ints, i -> values[i]);
        return ints;
    }

    static int[] ints(byte[] values) {
        int[] ints = new int[values.length];
        Arrays.setAll(ints, i -> values[i]);
        return ints;
    }
}
