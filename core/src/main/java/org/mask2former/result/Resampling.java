package org.mask2former.result;

/**
 * Bilinear resizing along one axis, as PyTorch does it ({@code interpolate(mode="bilinear", align_corners=False)}, no
 * antialiasing): each output is a weighted sum of a few neighbouring inputs. Two resizings in a row are again one, so what
 * lies between them never has to exist. Immutable.
 */
final class Resampling {
    final int inputs;
    final int outputs;
    /** Inputs that an output is made of. */
    final int taps;
    /** The first of them, for each output; ascending. */
    final int[] first;
    /** {@code [taps, outputs]}: those of one tap lie together. */
    final float[] weights;

    private Resampling(int inputs, int outputs, int taps, int[] first, float[] weights) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.taps = taps;
        this.first = first;
        this.weights = weights;
    }

    static Resampling bilinear(int inputs, int outputs) {
        return bilinear(inputs, inputs, outputs);
    }

    /** Resizes only the first part of the inputs; {@code extent} is its length, which need not be whole. */
    static Resampling bilinear(int inputs, double extent, int outputs) {
        int last = Math.min(inputs, (int) Math.ceil(extent)) - 1;
        int taps = Math.min(2, last + 1);
        int[] first = new int[outputs];
        float[] weights = new float[outputs * taps];
        float scale = (float) extent / outputs;
        for (int i = 0; i < outputs; i++) {
            float source = Math.max(0, scale * (i + 0.5f) - 0.5f); // in float, as PyTorch
            int left = Math.min((int) source, last);
            first[i] = Math.min(left, last + 1 - taps);
            float right = left == last ? 0 : source - left;
            weights[(left - first[i]) * outputs + i] = 1 - right;
            if (right > 0) weights[(left - first[i] + 1) * outputs + i] = right;
        }
        return new Resampling(inputs, outputs, taps, first, weights);
    }

    /** This resizing and then another, of the first outputs of this one. */
    Resampling then(Resampling next) {
        if (next.inputs > outputs) {
            throw new IllegalArgumentException(next.inputs + " inputs after " + outputs + " outputs");
        }
        int span = 0;
        for (int i = 0; i < next.outputs; i++) {
            span = Math.max(span, lastInput(next.first[i] + next.taps - 1) - first[next.first[i]] + 1);
        }
        int[] start = new int[next.outputs];
        float[] sum = new float[next.outputs * span];
        for (int i = 0; i < next.outputs; i++) {
            start[i] = Math.min(first[next.first[i]], inputs - span);
            for (int t = 0; t < next.taps; t++) {
                int middle = next.first[i] + t;
                for (int u = 0; u < taps; u++) {
                    sum[(first[middle] + u - start[i]) * next.outputs + i] += next.weight(i, t) * weight(middle, u);
                }
            }
        }
        return new Resampling(inputs, next.outputs, span, start, sum);
    }

    /** The last input that an output is made of. */
    int lastInput(int output) {
        return first[output] + taps - 1;
    }

    float weight(int output, int tap) {
        return weights[tap * outputs + output];
    }

    /** Outputs from (inclusive) to to (exclusive), of inputs that lie in a row. */
    void apply(float[] in, int origin, int from, int to, float[] out, int at) {
        if (taps == 3) {
            for (int i = from; i < to; i++) {
                int source = origin + first[i];
                out[at + i - from] = weights[i] * in[source]
                        + weights[outputs + i] * in[source + 1]
                        + weights[2 * outputs + i] * in[source + 2];
            }
            return;
        }
        for (int i = from; i < to; i++) {
            int source = origin + first[i];
            float sum = 0;
            for (int t = 0; t < taps; t++) sum += weight(i, t) * in[source + t];
            out[at + i - from] = sum;
        }
    }

    /** One output of inputs that are whole rows: the first of them begins at from, the others follow it. */
    void mixRows(float[] rows, int from, int width, int output, float[] out, int at) {
        float w0 = weight(output, 0);
        float w1 = taps > 1 ? weight(output, 1) : 0;
        int second = taps > 1 ? from + width : from;
        if (taps == 3) {
            float w2 = weight(output, 2);
            int third = second + width;
            for (int x = 0; x < width; x++) {
                out[at + x] = w0 * rows[from + x] + w1 * rows[second + x] + w2 * rows[third + x];
            }
            return;
        }
        for (int x = 0; x < width; x++) out[at + x] = w0 * rows[from + x] + w1 * rows[second + x];
        for (int t = 2; t < taps; t++) {
            float w = weight(output, t);
            int row = from + t * width;
            for (int x = 0; x < width; x++) out[at + x] += w * rows[row + x];
        }
    }
}
