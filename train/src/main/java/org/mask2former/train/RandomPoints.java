package org.mask2former.train;

import java.util.SplittableRandom;

/** Where the random places of the matching and the losses come from. Used by one thread. */
@FunctionalInterface
public interface RandomPoints {
    /**
     * Coordinates spread evenly over the unit square.
     *
     * @param rows lists of points
     * @param points in each list
     * @return {@code rows · points · 2} numbers in [0, 1): x before y
     */
    float[] draw(int rows, int points);

    /** The same points for the same seed, on every machine. */
    static RandomPoints seeded(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return (rows, points) -> {
            float[] values = new float[Math.multiplyExact(Math.multiplyExact(rows, points), 2)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (random.nextInt() >>> 8) * 0x1p-24f;
            }
            return values;
        };
    }
}
