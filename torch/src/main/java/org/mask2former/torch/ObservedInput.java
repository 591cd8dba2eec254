package org.mask2former.torch;

import java.util.Arrays;
import org.mask2former.checkpoint.InputRange;

/** What has been seen of a layer's input: its ends, and a sample spread evenly over it. For one thread. */
final class ObservedInput {
    /** Candidates of the range, from whole down to a fraction of it. */
    private static final int CANDIDATES = 40;

    private float min;
    private float max;
    private float[] sample = new float[0];

    /** @param values a sample of one input, whose least and greatest number are given */
    void add(float least, float greatest, float[] values) {
        min = Math.min(min, least);
        max = Math.max(max, greatest);
        float[] all = Arrays.copyOf(sample, sample.length + values.length);
        System.arraycopy(values, 0, all, sample.length, values.length);
        sample = all;
    }

    /**
     * The range that loses least: a wide one has coarse steps for all, a narrow one cuts off a few. Of the range seen and
     * fractions of it, that with the smallest squared error over the sample.
     */
    InputRange range() {
        if (!(max > min)) {
            return new InputRange(-1, 1); // an input that is always 0
        }
        InputRange best = new InputRange(min, max);
        double least = error(best);
        for (int i = 1; i < CANDIDATES; i++) {
            float fraction = 1 - (float) i / CANDIDATES;
            InputRange candidate = new InputRange(min * fraction, max * fraction);
            double error = error(candidate);
            if (error < least) {
                least = error;
                best = candidate;
            }
        }
        return best;
    }

    private double error(InputRange range) {
        float scale = range.scale();
        int zero = range.zeroPoint();
        double sum = 0;
        for (float x : sample) {
            int step = Math.min(Math.max(Math.round(x / scale) + zero, 0), 255);
            double difference = x - (step - zero) * scale;
            sum += difference * difference;
        }
        return sum;
    }
}
