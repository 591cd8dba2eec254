package org.mask2former.train;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.model.LossConfig;
import org.mask2former.torch.Tensors;

/**
 * Masks at a few points instead of all pixels (paper, section 3.3; PointRend, Kirillov et al. 2020). Points are {@code [R, K,
 * 2]}, x before y, in [0, 1] over the whole mask, so that masks of different resolutions can be compared. The tensors it
 * gives belong to the {@link PointerScope} around.
 */
final class PointSampler {
    private static final Scalar ONE = Tensors.forever(new Scalar(1));
    private static final Scalar TWO = Tensors.forever(new Scalar(2));
    /** Codes of grid_sampler_2d: bilinear; zeros outside. */
    private static final long BILINEAR = 0;

    private static final long ZEROS = 0;

    private final int points;
    private final int candidates;
    private final int uncertain;

    PointSampler(LossConfig config) {
        points = config.trainNumPoints();
        candidates = (int) (points * config.oversampleRatio());
        uncertain = (int) (config.importanceSampleRatio() * points);
    }

    /** One list of random points for a picture of the batch, {@code [1, K, 2]}, beside a tensor. */
    Tensor uniform(RandomPoints random, int picture, Tensor beside) {
        int[] counts = new int[picture + 1];
        counts[picture] = 1;
        return random.draw(counts, points, beside);
    }

    /**
     * For each mask the points where it is least decided, out of many random ones, and some random ones besides.
     *
     * @param logits {@code [R, 1, H, W]}, picture after picture
     * @param counts how many of them each picture of the batch has
     * @return {@code [R, K, 2]}, without gradients
     */
    Tensor importance(Tensor logits, int[] counts, RandomPoints random) {
        return Tensors.adopt(choose(logits, counts, random));
    }

    private Tensor choose(Tensor logits, int[] counts, RandomPoints random) {
        int rows = Math.toIntExact(logits.size(0));
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            Tensor drawn = random.draw(counts, candidates, logits);
            Tensor certainty = sample(logits, drawn).abs();
            Tensor chosen = certainty.neg().topk(uncertain, 1, true, false).get1(); // [R, uncertain]
            Tensor places = drawn.gather(1, chosen.unsqueeze(2).expand(rows, uncertain, 2));
            if (uncertain == points) {
                return Tensors.detach(places);
            }
            TensorVector both = new TensorVector(places, random.draw(counts, points - uncertain, logits));
            return Tensors.detach(torch.cat(both, 1));
        }
    }

    /**
     * Each mask at its own points, bilinear between the centres of pixels and zero beyond the outermost's half.
     *
     * @param masks {@code [R, 1, H, W]}
     * @param points {@code [R, K, 2]}
     * @return {@code [R, K]}
     */
    static Tensor sample(Tensor masks, Tensor points) {
        return at(masks, points).view(masks.size(0), points.size(1));
    }

    /**
     * All masks at the same points.
     *
     * @param masks {@code [N, H, W]}
     * @param points {@code [1, K, 2]}
     * @return {@code [N, K]}
     */
    static Tensor sampleAll(Tensor masks, Tensor points) {
        return at(masks.unsqueeze(0), points).view(masks.size(0), points.size(1));
    }

    private static Tensor at(Tensor maps /* [R, C, H, W] */, Tensor points) {
        Tensor grid = points.mul(TWO).sub(ONE).unsqueeze(2); // [R, K, 1, 2] in [−1, 1]
        return torch.grid_sampler_2d(maps, grid, BILINEAR, ZEROS, false); // [R, C, K, 1]
    }
}
