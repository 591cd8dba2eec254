package org.mask2former.train;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.model.LossConfig;
import org.mask2former.torch.Tensors;

/**
 * Decides which query answers for which segment: the one-to-one assignment that costs least, where a pair's cost is made of
 * the query's probability for the segment's class and of cross-entropy and dice between their masks at random points
 * that all share (paper, section 4.1; {@code Mask2FormerHungarianMatcher}). Knows no gradients.
 */
final class HungarianMatcher {
    private static final Scalar ONE = Tensors.forever(new Scalar(1));
    private static final Scalar TWO = Tensors.forever(new Scalar(2));
    private static final DoubleOptional LARGEST = Tensors.forever(new DoubleOptional(Float.MAX_VALUE));

    private final LossConfig config;
    private final PointSampler sampler;

    HungarianMatcher(LossConfig config, PointSampler sampler) {
        this.config = config;
        this.sampler = sampler;
    }

    /**
     * For one picture.
     *
     * @param picture its place in the batch
     * @param classLogits {@code [Q, classes + 1]}
     * @param maskLogits {@code [Q, h, w]}
     * @param classes of its segments, int64 {@code [n]}
     * @param masks of its segments
     * @return queries as rows, segments as columns; min(Q, n) pairs
     */
    Assignment match(
            int picture,
            Tensor classLogits,
            Tensor maskLogits,
            Tensor classes,
            TargetMasks masks,
            RandomPoints random) {
        int queries = Math.toIntExact(classLogits.size(0));
        int segments = Math.toIntExact(classes.size(0));
        if (segments == 0) {
            return Assignment.solve(new double[0], queries, 0);
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            Tensor points = sampler.uniform(random, picture); // [1, K, 2]
            Tensor predicted = PointSampler.sampleAll(maskLogits, points); // [Q, K]
            Tensor wanted = masks.all(segments, Tensors.toFloats(points)); // [n, K]
            Tensor cost = crossEntropy(predicted, wanted)
                    .mul(new Scalar(config.maskWeight()))
                    .sub(classLogits.softmax(-1).index_select(1, classes).mul(new Scalar(config.classWeight())))
                    .add(dice(predicted, wanted).mul(new Scalar(config.diceWeight())));
            return Assignment.solve(costs(cost), queries, segments);
        }
    }

    /** What is not a number is matched last instead of ending the training. */
    static double[] costs(Tensor cost) {
        float[] values = Tensors.toFloats(torch.nan_to_num(cost, LARGEST, LARGEST, LARGEST));
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    /**
     * The mean binary cross-entropy of every prediction with every target, {@code [Q, n]}. As {@code −log σ(x)} is {@code
     * −log(1 − σ(x)) − x}, one product is enough.
     */
    private static Tensor crossEntropy(Tensor logits /* [Q, K] */, Tensor targets /* [n, K] */) {
        Tensor whereZero = torch.softplus(logits).sum(1).unsqueeze(1);
        return whereZero.sub(logits.matmul(targets.t())).div(new Scalar(logits.size(1)));
    }

    /** The dice loss of every prediction with every target, {@code [Q, n]}. */
    private static Tensor dice(Tensor logits /* [Q, K] */, Tensor targets /* [n, K] */) {
        Tensor shares = logits.sigmoid();
        Tensor both = shares.matmul(targets.t()).mul(TWO);
        Tensor either = shares.sum(1).unsqueeze(1).add(targets.sum(1).unsqueeze(0));
        return both.add(ONE).div(either.add(ONE)).neg().add(ONE);
    }
}
