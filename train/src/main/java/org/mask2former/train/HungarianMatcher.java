package org.mask2former.train;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
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
     * For every picture of a batch.
     *
     * @param classLogits {@code [B, Q, classes + 1]}
     * @param maskLogits {@code [B, Q, h, w]}
     * @param classes of each picture's segments, int64 {@code [n]}
     * @param masks of each picture's segments
     * @return queries as rows, segments as columns; min(Q, n) pairs for each picture
     */
    List<Assignment> match(
            Tensor classLogits,
            Tensor maskLogits,
            List<Tensor> classes,
            List<SegmentMasks> masks,
            RandomPoints random) {
        int queries = Math.toIntExact(classLogits.size(1));
        int[] segments =
                classes.stream().mapToInt(c -> Math.toIntExact(c.size(0))).toArray();
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            TensorVector costs = new TensorVector();
            for (int b = 0; b < segments.length; b++) {
                if (segments[b] > 0) {
                    Tensor points = sampler.uniform(random, b, maskLogits); // [1, K, 2]
                    Tensor predicted = PointSampler.sampleAll(maskLogits.select(0, b), points); // [Q, K]
                    Tensor wanted = masks.get(b).all(points); // [n, K]
                    costs.push_back(cost(classLogits.select(0, b), predicted, classes.get(b), wanted)
                            .reshape(-1));
                }
            }
            // All at once, for a GPU has to be waited for.
            double[] all = costs.size() == 0 ? new double[0] : costs(torch.cat(costs));
            return assignments(all, queries, segments, !maskLogits.is_cpu());
        }
    }

    private Tensor cost(Tensor classLogits, Tensor predicted, Tensor classes, Tensor wanted) {
        return crossEntropy(predicted, wanted)
                .mul(new Scalar(config.maskWeight()))
                .sub(classLogits.softmax(-1).index_select(1, classes).mul(new Scalar(config.classWeight())))
                .add(dice(predicted, wanted).mul(new Scalar(config.diceWeight()))); // [Q, n]
    }

    /**
     * @param costs of the pictures one after the other
     * @param onAllProcessors for a GPU waits, while it is they that train otherwise
     */
    private static List<Assignment> assignments(double[] costs, int queries, int[] segments, boolean onAllProcessors) {
        int[] ends = segments.clone();
        Arrays.parallelPrefix(ends, Integer::sum);
        IntStream pictures = IntStream.range(0, segments.length);
        return (onAllProcessors ? pictures.parallel() : pictures)
                .mapToObj(b -> {
                    int from = queries * (ends[b] - segments[b]);
                    double[] own = Arrays.copyOfRange(costs, from, queries * ends[b]);
                    return Assignment.solve(own, queries, segments[b]);
                })
                .toList();
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
