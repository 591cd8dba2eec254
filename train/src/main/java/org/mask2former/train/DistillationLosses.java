package org.mask2former.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.model.LossConfig;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.torch.Tensors;

/**
 * How far a student is from its teacher: {@link Losses} for targets in probabilities. Every prediction of the decoder is matched
 * to the teacher's segments anew, and charged
 *
 * <ul>
 *   <li>for classes, the Kullback-Leibler divergence from the teacher's probabilities; a query without a segment should say "no
 *       object", and rows weigh as much as their classes do in the cross-entropy;
 *   <li>for masks, that divergence at points where they are undecided, and a dice loss;
 * </ul>
 *
 * with the weights of the losses they stand for. The dice loss has squares in its denominator (Milletari et al. 2016), for
 * without them the best answer to an undecided teacher would be to decide. All are 0 where both say the same, and grow from
 * there. A mask counts as much as the teacher is sure that there is something. Immutable; used like {@link Losses}.
 */
final class DistillationLosses {
    private static final Scalar ONE = Tensors.forever(new Scalar(1));
    private static final Scalar TWO = Tensors.forever(new Scalar(2));
    private static final long NO_REDUCTION = 0;
    private static final String PREFIX = "loss_teacher_";
    /** The terms of the last prediction. */
    static final List<String> TERMS = List.of(PREFIX + "mask", PREFIX + "dice", PREFIX + "cross_entropy");

    private final LossConfig config;
    private final int classes;
    private final int queries;
    private final double weight;
    private final PointSampler sampler;
    private final TeacherMatcher matcher;

    /** @param weight of all its terms */
    DistillationLosses(ModelConfig model, double weight) {
        config = model.loss();
        classes = model.numClasses();
        queries = model.numQueries();
        this.weight = weight;
        sampler = new PointSampler(config);
        matcher = new TeacherMatcher(config, sampler);
    }

    /** What the teacher found in one picture, in native memory. */
    private record Lesson(Tensor classes, Tensor masks) {
        static Lesson of(SoftTarget target, Tensor beside) {
            return new Lesson(
                    Tensors.adopt(Tensors.beside(beside, Tensors.copyOf(target.classes()))),
                    Tensors.adopt(Tensors.beside(beside, Tensors.copyOf(target.maskLogits()))));
        }
    }

    /**
     * As {@link Losses#totals}: the segments as far as the teacher is sure of them, and the weights of the queries' classes.
     */
    Losses.Totals totals(List<SoftTarget> targets) {
        double segments = 0;
        double classWeight = 0;
        for (SoftTarget target : targets) {
            double sure = sure(target);
            segments += sure;
            int count = target.count();
            double weights = sure + config.noObjectWeight() * (count - sure);
            classWeight += count <= queries
                    ? weights + config.noObjectWeight() * (queries - count)
                    : weights * queries / count;
        }
        return new Losses.Totals(segments, classWeight);
    }

    private double sure(SoftTarget target) {
        float[] probabilities = target.classes().toFloats();
        double sure = 0;
        for (int i = 0; i < target.count(); i++) {
            sure += 1 - probabilities[i * (classes + 1) + classes];
        }
        return sure;
    }

    /**
     * @param predictions as for {@link Losses#compute}
     * @param targets one for each picture, masks of one size
     * @param totals of the whole batch
     * @return terms named {@code loss_teacher_mask}, {@code _dice} and {@code _cross_entropy}, with the suffixes of {@link
     *     Losses.Result#terms}
     */
    Losses.Result compute(
            List<TransformerDecoder.Output<Tensor>> predictions,
            List<SoftTarget> targets,
            Losses.Totals totals,
            RandomPoints random) {
        int last = predictions.size() - 1;
        Losses.Sum sum = new Losses.Sum();
        try (PointerScope scope = new PointerScope()) {
            List<Lesson> lessons = targets.stream()
                    .map(t -> Lesson.of(t, predictions.get(last).maskLogits()))
                    .toList();
            add(sum, "", predictions.get(last), lessons, totals, random);
            for (int i = 0; i < last; i++) {
                add(sum, "_" + i, predictions.get(i), lessons, totals, random);
            }
            return sum.result();
        } catch (RuntimeException | Error e) {
            sum.close();
            throw e;
        }
    }

    private void add(
            Losses.Sum sum,
            String suffix,
            TransformerDecoder.Output<Tensor> prediction,
            List<Lesson> lessons,
            Losses.Totals totals,
            RandomPoints random) {
        try (PointerScope scope = new PointerScope()) {
            List<Assignment> matches = new ArrayList<>();
            for (int b = 0; b < lessons.size(); b++) {
                matches.add(matcher.match(
                        b,
                        prediction.classLogits().select(0, b),
                        prediction.maskLogits().select(0, b),
                        lessons.get(b).classes,
                        lessons.get(b).masks,
                        random));
            }
            sum.add(matches);
            Pairs pairs = pairs(prediction.maskLogits(), lessons, matches, random);
            Scalar masks = new Scalar(Math.max(1, totals.segments()));
            sum.add(TERMS.get(0) + suffix, pairs.divergence().div(masks), weight * config.maskWeight());
            sum.add(TERMS.get(1) + suffix, pairs.dice().div(masks), weight * config.diceWeight());
            sum.add(
                    TERMS.get(2) + suffix,
                    classification(prediction.classLogits(), lessons, matches).div(new Scalar(totals.classWeight())),
                    weight * config.classWeight());
        }
    }

    /** {@code Σ_c t log(t / s)} of every query, summed with the weights of its classes. */
    private Tensor classification(Tensor logits /* [B, Q, C + 1] */, List<Lesson> lessons, List<Assignment> matches) {
        float[] nothing = new float[classes + 1];
        nothing[classes] = 1;
        Tensor wanted = Tensors.adopt(Tensors.beside(logits, Tensors.copyOf(nothing, 1, 1, classes + 1)))
                .expand(logits.shape())
                .clone();
        for (int b = 0; b < matches.size(); b++) {
            wanted.select(0, b)
                    .index_copy_(
                            0,
                            rows(matches.get(b), logits),
                            lessons.get(b).classes.index_select(0, columns(matches.get(b), logits)));
        }
        float[] weights = new float[classes + 1];
        Arrays.fill(weights, 1);
        weights[classes] = (float) config.noObjectWeight();
        Tensor rows = wanted.mul(Tensors.adopt(Tensors.beside(logits, Tensors.copyOf(weights, classes + 1))))
                .sum(2); // [B, Q]
        Tensor each = torch.xlogy(wanted, wanted)
                .sub(wanted.mul(logits.to(torch.ScalarType.Float).log_softmax(-1)))
                .sum(2);
        return each.mul(rows).sum();
    }

    private static Tensor rows(Assignment match, Tensor beside) {
        return Tensors.adopt(Tensors.beside(beside, Tensors.copyOf(match.rows())));
    }

    private static Tensor columns(Assignment match, Tensor beside) {
        return Tensors.adopt(Tensors.beside(beside, Tensors.copyOf(match.columns())));
    }

    private Pairs pairs(
            Tensor maskLogits /* [B, Q, h, w] */, List<Lesson> lessons, List<Assignment> matches, RandomPoints random) {
        TensorVector predicted = new TensorVector();
        TensorVector wanted = new TensorVector();
        TensorVector sure = new TensorVector();
        for (int b = 0; b < matches.size(); b++) {
            Tensor segments = columns(matches.get(b), maskLogits);
            predicted.push_back(maskLogits.select(0, b).index_select(0, rows(matches.get(b), maskLogits)));
            wanted.push_back(lessons.get(b).masks.index_select(0, segments));
            sure.push_back(lessons.get(b)
                    .classes
                    .index_select(0, segments)
                    .select(1, classes)
                    .neg()
                    .add(ONE));
        }
        Tensor logits = torch.cat(predicted).unsqueeze(1); // [R, 1, h, w]
        int[] counts = matches.stream().mapToInt(Assignment::size).toArray();
        Tensor points = sampler.importance(logits, counts, random);
        return new Pairs(
                PointSampler.sample(logits, points),
                PointSampler.sample(torch.cat(wanted).unsqueeze(1), points).sigmoid(),
                torch.cat(sure));
    }

    /**
     * Matched masks at their points.
     *
     * @param logits the student's, {@code [R, K]}
     * @param wanted the teacher's probabilities, {@code [R, K]}
     * @param sure how sure the teacher is of each, {@code [R]}
     */
    private record Pairs(Tensor logits, Tensor wanted, Tensor sure) {
        Tensor divergence() {
            Tensor each = torch.binary_cross_entropy_with_logits(
                            logits, wanted, new TensorOptional(), new TensorOptional(), NO_REDUCTION)
                    .add(certainty(wanted));
            return each.mean(1).mul(sure).sum();
        }

        Tensor dice() {
            Tensor shares = logits.sigmoid();
            Tensor both = shares.mul(wanted).sum(1).mul(TWO);
            Tensor either = shares.square().add(wanted.square()).sum(1);
            return both.add(ONE).div(either.add(ONE)).neg().add(ONE).mul(sure).sum();
        }
    }

    /** {@code t log t + (1 − t) log (1 − t)}: what a cross-entropy with these probabilities cannot fall below, negated. */
    static Tensor certainty(Tensor probabilities) {
        Tensor others = probabilities.neg().add(ONE);
        return torch.xlogy(probabilities, probabilities).add(torch.xlogy(others, others));
    }
}
