package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.util.List;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/**
 * The weight of a layer as 8-bit integers: row {@code o} of the weight is {@code scales[o] · values[o]}.
 *
 * @param values int8, {@code [out, …]}, −127 … 127
 * @param scales one for each row
 * @param inputs the ranges of what the layer is applied to, for as many equal blocks of rows (more than one where layers
 *     with inputs of their own share a weight)
 */
public record QuantizedTensor(HostTensor values, float[] scales, List<InputRange> inputs) {
    private static final int LARGEST = 127;

    public QuantizedTensor {
        inputs = List.copyOf(inputs);
        int rows = values.shape()[0];
        if (values.dtype() != DType.I8 || scales.length != rows || inputs.isEmpty() || rows % inputs.size() != 0) {
            throw new CheckpointException("a quantised weight must be int8 with a scale for each row and ranges for"
                    + " equal blocks of rows, but is " + values + " with " + scales.length + " scales and "
                    + inputs.size() + " ranges");
        }
    }

    /** The nearest that a weight can be as integers, symmetric about zero, each row in steps of its own. */
    public static QuantizedTensor of(HostTensor weight, List<InputRange> inputs) {
        float[] w = weight.toFloats();
        int rows = weight.shape()[0];
        int width = w.length / rows;
        float[] scales = new float[rows];
        ByteBuffer values = ByteBuffer.allocate(w.length);
        for (int o = 0; o < rows; o++) {
            float largest = 0;
            for (int i = o * width; i < (o + 1) * width; i++) {
                largest = Math.max(largest, Math.abs(w[i]));
            }
            scales[o] = largest > 0 ? largest / LARGEST : 1;
            for (int i = o * width; i < (o + 1) * width; i++) {
                values.put((byte) Math.round(w[i] / scales[o]));
            }
        }
        return new QuantizedTensor(HostTensor.of(DType.I8, weight.shape(), values.flip()), scales, inputs);
    }

    /** The weight as float32. */
    public HostTensor toFloats() {
        float[] w = values.toFloats();
        int width = w.length / scales.length;
        for (int i = 0; i < w.length; i++) {
            w[i] *= scales[i / width];
        }
        return HostTensor.of(w, values.shape());
    }

    /** The range of the input of rows {@code from} to {@code to}. */
    public InputRange input(int from, int to) {
        int block = scales.length / inputs.size();
        return inputs.subList(from / block, (to - 1) / block + 1).stream()
                .reduce(InputRange::union)
                .orElseThrow();
    }

    @Override
    public String toString() {
        return values + " for inputs " + inputs;
    }
}
