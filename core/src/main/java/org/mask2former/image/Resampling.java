package org.mask2former.image;

/**
 * The weights of Pillow's antialiased bilinear filter along one axis, in fixed point (Pillow's {@code
 * libImaging/Resample.c}: {@code precompute_coeffs}, then {@code normalize_coeffs_8bpc}).
 *
 * @param first the first input sample of every output sample, {@code [out]}
 * @param count how many input samples follow it, {@code [out]}, at least 1
 * @param weights {@code [out, stride]}; each row sums to about {@code 1 << PRECISION_BITS}
 * @param stride the most samples an output sample may have
 */
record Resampling(int[] first, int[] count, int[] weights, int stride) {
    /** 32 bits less the 8 of a sample and 2 of head room. */
    static final int PRECISION_BITS = 32 - 8 - 2;

    static final int HALF = 1 << (PRECISION_BITS - 1);

    static Resampling bilinear(int in, int out) {
        double scale = (double) in / out;
        double filterScale = Math.max(scale, 1.0); // reducing widens the filter: that is the antialiasing
        double support = filterScale; // of the triangle filter, whose own support is 1
        int stride = (int) Math.ceil(support) * 2 + 1;
        int[] first = new int[out];
        int[] count = new int[out];
        int[] weights = new int[Math.multiplyExact(out, stride)];
        double[] w = new double[stride];
        for (int o = 0; o < out; o++) {
            double center = (o + 0.5) * scale;
            double inverse = 1.0 / filterScale;
            int from = Math.max((int) (center - support + 0.5), 0);
            int n = Math.min((int) (center + support + 0.5), in) - from;
            double sum = 0;
            for (int i = 0; i < n; i++) {
                w[i] = triangle((i + from - center + 0.5) * inverse);
                sum += w[i];
            }
            first[o] = from;
            count[o] = n;
            for (int i = 0; i < n; i++) {
                weights[o * stride + i] = (int) (0.5 + w[i] / sum * (1 << PRECISION_BITS));
            }
        }
        return new Resampling(first, count, weights, stride);
    }

    private static double triangle(double x) {
        double distance = Math.abs(x);
        return distance < 1.0 ? 1.0 - distance : 0.0;
    }
}
