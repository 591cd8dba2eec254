package org.mask2former.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.Mask2FormerException;
import org.mask2former.model.LossConfig;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.torch.Tensors;

/**
 * What training minimises (paper, sections 3.3 and 4.1; {@code Mask2FormerLoss}): for every prediction of the decoder, each
 * matched to the segments anew, the cross-entropy of classes, and the binary cross-entropy and dice loss of the matched
 * masks at points where they are undecided. Immutable; used on the platform thread that ran the forward pass, in a {@link
 * PointerScope}.
 */
public final class Losses {
    private static final Scalar ONE = Tensors.forever(new Scalar(1));
    private static final Scalar TWO = Tensors.forever(new Scalar(2));
    /** Codes of libtorch's reductions. */
    private static final long NO_REDUCTION = 0;

    private static final long SUM = 2;
    /** A class that cross_entropy_loss would leave out, which none has. */
    private static final long IGNORED_CLASS = -100;

    private final LossConfig config;
    private final int classes;
    private final int queries;
    private final PointSampler sampler;
    private final HungarianMatcher matcher;
    /** How much a segment of each class counts. */
    private final float[] counts;

    /**
     * The losses of a step.
     *
     * @param total their sum, a scalar, for {@link org.mask2former.torch.AutogradOps#backward}; freed by {@link #close}
     * @param terms each loss with its weight multiplied in, named as Transformers names them: {@code loss_mask}, {@code
     *     loss_dice} and {@code loss_cross_entropy} of the last prediction, then with {@code _0}, {@code _1}, … those of the
     *     predictions before, in order
     * @param matches which query (row) was matched to which segment (column), in the order of {@code terms}, for each picture
     */
    public record Result(Tensor total, Map<String, Double> terms, List<List<Assignment>> matches)
            implements AutoCloseable {
        public Result {
            terms = Collections.unmodifiableMap(new LinkedHashMap<>(terms));
            matches = List.copyOf(matches);
        }

        /** Both together; takes over the tensors of either. */
        Result plus(Result other) {
            try (PointerScope scope = new PointerScope();
                    Tensor mine = total;
                    Tensor theirs = other.total) {
                Map<String, Double> all = new LinkedHashMap<>(terms);
                all.putAll(other.terms);
                return new Result(Tensors.detach(mine.add(theirs)), all, matches);
            }
        }

        @Override
        public void close() {
            total.close();
        }
    }

    /** Those of the paper, for which all segments count alike. */
    public Losses(ModelConfig model) {
        this(model, Map.of());
    }

    /**
     * Those in which a segment of some classes counts for more or less.
     *
     * @param segmentWeights by names of classes; 1 for those that are not named
     * @throws Mask2FormerException if the model has no such class
     */
    public Losses(ModelConfig model, Map<String, Double> segmentWeights) {
        counts = new float[model.numClasses()];
        Arrays.fill(counts, 1);
        segmentWeights.forEach((name, weight) -> counts[classOf(name, model)] = weight.floatValue());
        config = model.loss();
        classes = model.numClasses();
        queries = model.numQueries();
        sampler = new PointSampler(config);
        matcher = new HungarianMatcher(config, sampler);
    }

    private static int classOf(String name, ModelConfig model) {
        int c = model.labels().indexOf(name);
        if (c < 0) {
            throw new Mask2FormerException("segment_weights: there is no class '" + name + "'; there are "
                    + String.join(", ", model.labels()));
        }
        return c;
    }

    /**
     * What the losses of a batch are divided by. Where the batch is shared out, that is the sum over all its parts: their losses
     * then add up to that of the whole.
     *
     * @param segments to be found, each with what it counts
     * @param classWeight the sum of the weights of all queries' classes, where "no object" weighs less than one
     */
    public record Totals(double segments, double classWeight) {
        /** Those of all processes together. */
        Totals over(Processes processes) {
            double[] sums = processes.sum(segments, classWeight);
            return new Totals(sums[0], sums[1]);
        }
    }

    /** Those of pictures with these targets. Every segment gets a query, or every query a segment. */
    public Totals totals(List<Target> targets) {
        double segments = 0;
        double matched = 0;
        double without = 0;
        for (Target target : targets) {
            double counted = 0;
            for (int c : target.classes()) {
                counted += c < classes && c >= 0 ? counts[c] : 1;
            }
            int found = Math.min(target.count(), queries);
            segments += counted;
            matched += target.count() == 0 ? 0 : counted * found / target.count();
            without += queries - found;
        }
        return new Totals(segments, matched + config.noObjectWeight() * without);
    }

    /** The losses of a whole batch. */
    public Result compute(
            List<TransformerDecoder.Output<Tensor>> predictions, List<Target> targets, RandomPoints random) {
        return compute(predictions, targets, totals(targets), random);
    }

    /**
     * The losses of a batch, or the share that some of its pictures have in them.
     *
     * @param predictions of {@link org.mask2former.model.Mask2FormerNetwork#forwardAllLayers}, the last one last
     * @param targets one for each picture, masks of one size
     * @param totals of the whole batch
     * @param random draws first for the last prediction, then for the others in order
     * @throws Mask2FormerException if the targets do not fit the model or each other
     */
    public Result compute(
            List<TransformerDecoder.Output<Tensor>> predictions,
            List<Target> targets,
            Totals totals,
            RandomPoints random) {
        int last = predictions.size() - 1;
        check(predictions.get(last), targets);
        Sum sum = new Sum();
        try (PointerScope scope = new PointerScope()) {
            Truth truth = Truth.of(targets, predictions.get(last).maskLogits());
            add(sum, "", predictions.get(last), truth, totals, random);
            for (int i = 0; i < last; i++) {
                add(sum, "_" + i, predictions.get(i), truth, totals, random);
            }
            return sum.result();
        } catch (RuntimeException | Error e) {
            sum.close();
            throw e;
        }
    }

    private void check(TransformerDecoder.Output<Tensor> prediction, List<Target> targets) {
        if (prediction.classLogits().size(0) != targets.size()) {
            throw new Mask2FormerException(
                    "a batch of " + prediction.classLogits().size(0) + " pictures came with " + targets.size()
                            + " targets; give one for each picture");
        }
        for (Target target : targets) {
            for (int c : target.classes()) {
                if (c < 0 || c >= classes) {
                    throw new Mask2FormerException("a segment has class " + c + ", but the model has classes 0 to "
                            + (classes - 1) + "; check the data set's classes");
                }
            }
            Target first = targets.get(0);
            if (target.height() != first.height() || target.width() != first.width()) {
                throw new Mask2FormerException("the pictures of a batch have masks of " + first.height() + " × "
                        + first.width() + " and " + target.height() + " × " + target.width()
                        + " pixels; pad all to the size of the network's input");
            }
        }
    }

    /** What is to be found: classes, int64 {@code [n]}, and masks of each picture. */
    private record Truth(List<Target> targets, List<Tensor> classes, List<SegmentMasks> masks) {
        static Truth of(List<Target> targets, Tensor prediction) {
            List<Tensor> classes = new ArrayList<>();
            for (Target target : targets) {
                classes.add(Tensors.adopt(Tensors.beside(prediction, Tensors.copyOf(target.classes()))));
            }
            return new Truth(targets, classes, SegmentMasks.of(targets, prediction));
        }
    }

    /** Losses as they are added up; they are read all at once, for a GPU has to be waited for. */
    static final class Sum {
        private final List<String> names = new ArrayList<>();
        /** Scalars in no scope, for they go on from one prediction to the next. */
        private final List<Tensor> weighted = new ArrayList<>();

        private final List<List<Assignment>> matches = new ArrayList<>();

        void add(String name, Tensor loss, double weight) {
            names.add(name);
            weighted.add(Tensors.detach(loss.mul(new Scalar(weight))));
        }

        void add(List<Assignment> matchesOfBatch) {
            matches.add(List.copyOf(matchesOfBatch));
        }

        /** Ends it. */
        Result result() {
            try (PointerScope scope = new PointerScope()) {
                Tensor all = torch.stack(new TensorVector(weighted.toArray(new Tensor[0])));
                float[] values = Tensors.toFloats(all.detach());
                Map<String, Double> terms = new LinkedHashMap<>();
                for (int i = 0; i < values.length; i++) {
                    terms.put(names.get(i), (double) values[i]);
                }
                return new Result(Tensors.detach(all.sum()), terms, matches);
            } finally {
                close();
            }
        }

        void close() {
            weighted.forEach(Tensor::close);
            weighted.clear();
        }
    }

    private void add(
            Sum sum,
            String suffix,
            TransformerDecoder.Output<Tensor> prediction,
            Truth truth,
            Totals totals,
            RandomPoints random) {
        try (PointerScope scope = new PointerScope()) {
            List<Assignment> matches = matcher.match(
                    prediction.classLogits(), prediction.maskLogits(), truth.classes, truth.masks, random);
            sum.add(matches);
            double masks = Math.max(1, totals.segments);
            MaskPoints points = maskPoints(prediction.maskLogits(), truth, matches, random);
            sum.add("loss_mask" + suffix, crossEntropy(points, masks), config.maskWeight());
            sum.add("loss_dice" + suffix, dice(points, masks), config.diceWeight());
            sum.add(
                    "loss_cross_entropy" + suffix,
                    classification(prediction.classLogits(), truth.targets, matches)
                            .div(new Scalar(totals.classWeight)),
                    config.classWeight());
        }
    }

    /** The sum of the cross-entropies of all queries; one without a segment should say "no object", which weighs less. */
    private Tensor classification(Tensor logits /* [B, Q, C + 1] */, List<Target> targets, List<Assignment> matches) {
        float[] weights = Arrays.copyOf(counts, classes + 1);
        weights[classes] = (float) config.noObjectWeight();
        int perPicture = Math.toIntExact(logits.size(1));
        int[] wanted = new int[matches.size() * perPicture];
        Arrays.fill(wanted, classes);
        for (int b = 0; b < matches.size(); b++) {
            Assignment match = matches.get(b);
            for (int i = 0; i < match.size(); i++) {
                wanted[b * perPicture + match.rows()[i]] = targets.get(b).classes()[match.columns()[i]];
            }
        }
        return torch.cross_entropy_loss(
                logits.to(torch.ScalarType.Float).flatten(0, 1),
                Tensors.adopt(Tensors.beside(logits, Tensors.copyOf(wanted))),
                new TensorOptional(Tensors.adopt(Tensors.beside(logits, Tensors.copyOf(weights, weights.length)))),
                SUM,
                IGNORED_CLASS,
                0);
    }

    /** Matched masks at their points, {@code [R, K]} each, and what their segments count, {@code [R]}. */
    private record MaskPoints(Tensor logits, Tensor labels, Tensor counts) {}

    private MaskPoints maskPoints(
            Tensor maskLogits /* [B, Q, h, w] */, Truth truth, List<Assignment> matches, RandomPoints random) {
        int[] masks = matches.stream().mapToInt(Assignment::size).toArray();
        Tensor queries = Tensors.adopt(Tensors.beside(maskLogits, Tensors.copyOf(queries(matches, maskLogits))));
        Tensor logits = maskLogits.flatten(0, 1).index_select(0, queries).unsqueeze(1); // [R, 1, h, w]
        Tensor points = sampler.importance(logits, masks, random); // [R, K, 2]
        return new MaskPoints(
                PointSampler.sample(logits, points),
                labels(truth.masks, matches, points),
                Tensors.adopt(Tensors.beside(maskLogits, counts(truth, matches))));
    }

    /** The matched queries of all pictures, counted over the whole batch. */
    private static int[] queries(List<Assignment> matches, Tensor maskLogits) {
        int perPicture = Math.toIntExact(maskLogits.size(1));
        return IntStream.range(0, matches.size())
                .flatMap(b -> Arrays.stream(matches.get(b).rows()).map(query -> b * perPicture + query))
                .toArray();
    }

    private Tensor counts(Truth truth, List<Assignment> matches) {
        float[] each = new float[matches.stream().mapToInt(Assignment::size).sum()];
        int row = 0;
        for (int b = 0; b < matches.size(); b++) {
            int[] classesOfPicture = truth.targets.get(b).classes();
            for (int segment : matches.get(b).columns()) {
                each[row++] = counts[classesOfPicture[segment]];
            }
        }
        return Tensors.copyOf(each, each.length);
    }

    /** The masks of matched segments at the points of their predictions, {@code [R, K]}. */
    private static Tensor labels(List<SegmentMasks> truth, List<Assignment> matches, Tensor points /* [R, K, 2] */) {
        TensorVector labels = new TensorVector();
        int row = 0;
        for (int b = 0; b < matches.size(); b++) {
            int count = matches.get(b).size();
            if (count > 0) {
                labels.push_back(truth.get(b).each(matches.get(b).columns(), points.narrow(0, row, count)));
                row += count;
            }
        }
        return labels.size() == 0 ? torch.zeros_like(points.select(2, 0)) : torch.cat(labels);
    }

    private static Tensor crossEntropy(MaskPoints points, double masks) {
        Tensor each = torch.binary_cross_entropy_with_logits(
                points.logits, points.labels, new TensorOptional(), new TensorOptional(), NO_REDUCTION);
        return each.mean(1).mul(points.counts).sum().div(new Scalar(masks));
    }

    private static Tensor dice(MaskPoints points, double masks) {
        Tensor shares = points.logits.sigmoid();
        Tensor both = shares.mul(points.labels).sum(1).mul(TWO);
        Tensor either = shares.sum(1).add(points.labels.sum(1));
        return both.add(ONE)
                .div(either.add(ONE))
                .neg()
                .add(ONE)
                .mul(points.counts)
                .sum()
                .div(new Scalar(masks));
    }
}
