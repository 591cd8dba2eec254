package org.mask2former.train;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.model.LossConfig;
import org.mask2former.torch.Tensors;

/**
 * Decides which of the student's queries learns which segment of the teacher's: as {@link HungarianMatcher}, but what a pair
 * costs is what {@link DistillationLosses} would charge for it, nothing where both say the same. A student that has become its
 * teacher is thus matched query by query. Knows no gradients.
 */
final class TeacherMatcher {
    private static final Scalar ONE = Tensors.forever(new Scalar(1));
    private static final Scalar TWO = Tensors.forever(new Scalar(2));

    private final LossConfig config;
    private final PointSampler sampler;

    TeacherMatcher(LossConfig config, PointSampler sampler) {
        this.config = config;
        this.sampler = sampler;
    }

    /**
     * For one picture.
     *
     * @param picture its place in the batch
     * @param classLogits {@code [Q, C + 1]}
     * @param maskLogits {@code [Q, h, w]}
     * @param classes the teacher's probabilities, {@code [n, C + 1]}
     * @param masks the teacher's logits, {@code [n, h, w]}
     * @return queries as rows, segments as columns; min(Q, n) pairs
     */
    Assignment match(
            int picture, Tensor classLogits, Tensor maskLogits, Tensor classes, Tensor masks, RandomPoints random) {
        int queries = Math.toIntExact(classLogits.size(0));
        int segments = Math.toIntExact(classes.size(0));
        if (segments == 0) {
            return Assignment.solve(new double[0], queries, 0);
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            Tensor points = sampler.uniform(random, picture, maskLogits);
            Tensor predicted = PointSampler.sampleAll(maskLogits, points); // [Q, K]
            Tensor wanted = PointSampler.sampleAll(masks, points).sigmoid(); // [n, K]
            Tensor cost = classDivergence(classLogits, classes)
                    .mul(new Scalar(config.classWeight()))
                    .add(maskDivergence(predicted, wanted).mul(new Scalar(config.maskWeight())))
                    .add(dice(predicted.sigmoid(), wanted).mul(new Scalar(config.diceWeight())));
            return Assignment.solve(HungarianMatcher.costs(cost), queries, segments);
        }
    }

    /** {@code [Q, n]}. */
    private static Tensor classDivergence(Tensor logits /* [Q, C + 1] */, Tensor wanted /* [n, C + 1] */) {
        Tensor certainty = torch.xlogy(wanted, wanted).sum(1).unsqueeze(0);
        return certainty.sub(logits.to(torch.ScalarType.Float).log_softmax(-1).matmul(wanted.t()));
    }

    /** The mean over the points, {@code [Q, n]}. */
    private static Tensor maskDivergence(Tensor logits /* [Q, K] */, Tensor wanted /* [n, K] */) {
        Tensor certainty = DistillationLosses.certainty(wanted).sum(1).unsqueeze(0);
        Tensor whereZero = torch.softplus(logits).sum(1).unsqueeze(1);
        return whereZero.sub(logits.matmul(wanted.t())).add(certainty).div(new Scalar(logits.size(1)));
    }

    /** {@code [Q, n]}. */
    private static Tensor dice(Tensor shares /* [Q, K] */, Tensor wanted /* [n, K] */) {
        Tensor both = shares.matmul(wanted.t()).mul(TWO);
        Tensor either =
                shares.square().sum(1).unsqueeze(1).add(wanted.square().sum(1).unsqueeze(0));
        return both.add(ONE).div(either.add(ONE)).neg().add(ONE);
    }
}
