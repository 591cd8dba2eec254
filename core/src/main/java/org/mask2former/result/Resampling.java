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
    /** {@code [outputs, taps]}. */
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
            weights[i * taps + left - first[i]] = 1 - right;
            if (right > 0) weights[i * taps + left - first[i] + 1] = right;
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
                    sum[i * span + first[middle] + u - start[i]] +=
                            next.weights[i * next.taps + t] * weights[middle * taps + u];
                }
            }
        }
        return new Resampling(inputs, next.outputs, span, start, sum);
    }

    /** The last input that an output is made of. */
    int lastInput(int output) {
        return first[output] + taps - 1;
    }
}
