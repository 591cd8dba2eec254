package org.mask2former.train;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * Where the random places of the matching and the losses come from. Every picture has its own, whichever pictures are in a
 * batch with it. Used by one thread.
 */
@FunctionalInterface
public interface RandomPoints {
    /**
     * Coordinates spread evenly over the unit square.
     *
     * @param picture its place in the batch, from 0
     * @param rows lists of points
     * @param points in each list
     * @return {@code rows · points · 2} numbers in [0, 1): x before y
     */
    float[] draw(int picture, int rows, int points);

    /** The same points for the same seed, on every machine. */
    static RandomPoints seeded(long seed) {
        return of(picture -> new SplittableRandom(seed + picture));
    }

    /** @param generators the numbers for each picture of the batch */
    static RandomPoints of(IntFunction<SplittableRandom> generators) {
        Map<Integer, SplittableRandom> begun = new HashMap<>();
        return (picture, rows, points) -> {
            SplittableRandom random = begun.computeIfAbsent(picture, generators::apply);
            float[] values = new float[Math.multiplyExact(Math.multiplyExact(rows, points), 2)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (random.nextInt() >>> 8) * 0x1p-24f;
            }
            return values;
        };
    }
}
