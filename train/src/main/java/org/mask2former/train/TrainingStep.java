package org.mask2former.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.torch.AutogradOps;
import org.mask2former.torch.AutogradOptions;
import org.mask2former.torch.TrainableWeights;

/**
 * One step: forward, losses and backward for every batch of it, and then the optimiser. Used by one platform thread.
 *
 * <p>What is random in a step depends on the seed and the step's number alone, so that a resumed run draws what the unbroken
 * one would have drawn.
 */
final class TrainingStep {
    private final TrainingConfig config;
    private final Mask2FormerNetwork network;
    private final Losses losses;
    private final Optional<Teacher> teacher;
    private final DistillationLosses distillation;
    private final boolean annotations;
    private final TrainableWeights weights;
    private final ParameterGroups groups;
    private final AdamW optimizer;

    TrainingStep(
            TrainingConfig config,
            Mask2FormerNetwork network,
            TrainableWeights weights,
            ParameterGroups groups,
            AdamW optimizer,
            Optional<Teacher> teacher) {
        this.config = config;
        this.network = network;
        this.losses = new Losses(network.config());
        this.teacher = teacher;
        this.distillation = new DistillationLosses(
                network.config(), config.teacher().map(TeacherConfig::weight).orElse(0.0));
        this.annotations = config.teacher().map(TeacherConfig::annotations).orElse(true);
        this.weights = weights;
        this.groups = groups;
        this.optimizer = optimizer;
    }

    /**
     * What came of a step.
     *
     * @param terms the losses, named as {@link Losses.Result#terms} and {@link DistillationLosses#compute} say, means over the step's batches
     * @param gradientNorm before clipping
     * @param fault why the step was left out: what was not a number, and in which pictures
     */
    record Outcome(Map<String, Double> terms, double gradientNorm, Optional<String> fault) {}

    /**
     * Takes a step, or leaves all weights as they were if something is not a number.
     *
     * @param step from 0
     * @param batches one for each accumulation
     */
    Outcome take(long step, List<List<TrainingSample>> batches) {
        try (Statistics before = Statistics.of(weights)) {
            Outcome outcome = tryToTake(step, batches);
            if (outcome.fault.isPresent()) {
                before.restore();
            }
            return outcome;
        }
    }

    private Outcome tryToTake(long step, List<List<TrainingSample>> batches) {
        weights.clearGradients();
        Map<String, Double> terms = new LinkedHashMap<>();
        for (int i = 0; i < batches.size(); i++) {
            Map<String, Double> found = backward(batches.get(i), step * batches.size() + i, batches.size());
            Optional<String> fault = fault(found, batches.get(i));
            if (fault.isPresent()) {
                return new Outcome(found, Double.NaN, fault);
            }
            int count = batches.size();
            found.forEach((name, value) -> terms.merge(name, value / count, Double::sum));
        }
        double norm = Gradients.norm(weights, groups.names());
        if (!Double.isFinite(norm)) {
            return new Outcome(terms, norm, Optional.of("the gradient is not finite, pictures " + ids(batches)));
        }
        if (config.optimizer().clipNorm() > 0) {
            Gradients.clip(weights, groups.names(), norm, config.optimizer().clipNorm());
        }
        optimizer.step(step + 1, config.schedule().factor(step, config.steps()));
        return new Outcome(terms, norm, Optional.empty());
    }

    private Map<String, Double> backward(List<TrainingSample> batch, long number, int batches) {
        AutogradOptions options = AutogradOptions.DEFAULT
                .withTrainBatchNorm(config.trainBatchNorm())
                .withPrecision(config.precision())
                .withDropPath(config.dropPath())
                .withCheckpointing(config.checkpointing())
                .withSeed(Seeds.DROP_PATH.random(config.seed(), number).nextLong());
        Target first = batch.get(0).target();
        float[] values = pixels(batch);
        Optional<List<SoftTarget>> lessons = teacher.map(t -> t.targets(batch, values));
        try (PointerScope scope = new PointerScope();
                AutogradOps ops = new AutogradOps(weights, options)) {
            Tensor pixels = ops.pixels(values, batch.size(), first.height(), first.width());
            List<TransformerDecoder.Output<Tensor>> outputs = network.forwardAllLayers(ops, pixels);
            try (Losses.Result result = losses(outputs, batch, lessons, number)) {
                if (result.terms().values().stream().allMatch(Double::isFinite)) {
                    Tensor share =
                            batches == 1 ? result.total() : result.total().div(new Scalar(batches));
                    ops.backward(share);
                }
                return result.terms();
            }
        }
    }

    private Losses.Result losses(
            List<TransformerDecoder.Output<Tensor>> outputs,
            List<TrainingSample> batch,
            Optional<List<SoftTarget>> lessons,
            long number) {
        Optional<Losses.Result> taught = lessons.map(
                l -> distillation.compute(outputs, l, distillation.totals(l), points(Seeds.TEACHER_POINTS, number)));
        if (!annotations) {
            return taught.orElseThrow();
        }
        List<Target> targets = batch.stream().map(TrainingSample::target).toList();
        Losses.Result annotated = losses.compute(outputs, targets, points(Seeds.POINTS, number));
        return taught.map(annotated::plus).orElse(annotated);
    }

    private RandomPoints points(Seeds purpose, long number) {
        return RandomPoints.of(b -> purpose.random(config.seed(), number * config.batch() + b));
    }

    private static float[] pixels(List<TrainingSample> batch) {
        int each = batch.get(0).pixels().length;
        float[] all = new float[each * batch.size()];
        for (int b = 0; b < batch.size(); b++) {
            System.arraycopy(batch.get(b).pixels(), 0, all, b * each, each);
        }
        return all;
    }

    private static Optional<String> fault(Map<String, Double> terms, List<TrainingSample> batch) {
        List<String> bad = new ArrayList<>();
        terms.forEach((name, value) -> {
            if (!Double.isFinite(value)) {
                bad.add(name + " is " + value);
            }
        });
        return bad.isEmpty()
                ? Optional.empty()
                : Optional.of(String.join(", ", bad) + ", pictures " + ids(List.of(batch)));
    }

    private static String ids(List<List<TrainingSample>> batches) {
        return batches.stream().flatMap(List::stream).map(TrainingSample::id).collect(Collectors.joining(", "));
    }
}
