package org.mask2former.train;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.torch.Tensors;

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

    /**
     * The same for a whole batch, as a tensor of the scope around.
     *
     * @param counts lists of points for each picture of the batch, which follow each other
     * @param beside a tensor, on whose device the points are wanted
     * @return {@code [lists, points, 2]}
     */
    default Tensor draw(int[] counts, int points, Tensor beside) {
        int lists = Arrays.stream(counts).sum();
        FloatBuffer all = FloatBuffer.allocate(lists * points * 2);
        for (int picture = 0; picture < counts.length; picture++) {
            if (counts[picture] > 0) {
                all.put(draw(picture, counts[picture], points));
            }
        }
        return Tensors.adopt(Tensors.beside(beside, Tensors.copyOf(all.array(), lists, points, 2)));
    }

    /**
     * Points that are drawn where they are wanted, many times faster on a GPU. The same seed gives the same on the same kind of
     * device only, and other points where a batch is shared out otherwise.
     */
    static RandomPoints onDevice(long seed) {
        torch.manual_seed(seed);
        RandomPoints onHost = seeded(seed);
        return new RandomPoints() {
            @Override
            public float[] draw(int picture, int rows, int points) {
                return onHost.draw(picture, rows, points);
            }

            @Override
            public Tensor draw(int[] counts, int points, Tensor beside) {
                long lists = Arrays.stream(counts).sum();
                return torch.rand(new long[] {lists, points, 2}, beside.options());
            }
        };
    }

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
