package org.mask2former.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.Task;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.torch.AutogradOps;
import org.mask2former.torch.AutogradOptions;
import org.mask2former.torch.TrainableWeights;

/**
 * One step: forward, losses and backward for every batch of it, and then the optimiser. Of a batch that several processes share
 * out each takes its own part, and all make the step that one would make of the whole. Used by one platform thread.
 *
 * <p>What is random in a step depends on the seed, the step's number and a picture's place in the batch alone, so that a resumed
 * run draws what the unbroken one would have drawn, on any number of processes.
 */
final class TrainingStep {
    private final TrainingConfig config;
    private final Mask2FormerNetwork network;
    private final Losses losses;
    private final Optional<Teacher> teacher;
    private final DistillationLosses distillation;
    private final Optional<SeparationLoss> separation;
    private final boolean annotations;
    private final TrainableWeights weights;
    private final ParameterGroups groups;
    private final AdamW optimizer;
    private final Processes processes;

    TrainingStep(
            TrainingConfig config,
            Mask2FormerNetwork network,
            TrainableWeights weights,
            ParameterGroups groups,
            AdamW optimizer,
            Optional<Teacher> teacher,
            Processes processes) {
        this.config = config;
        this.network = network;
        this.losses = new Losses(network.config(), config.segmentWeights());
        this.teacher = teacher;
        this.distillation = new DistillationLosses(
                network.config(), config.teacher().map(TeacherConfig::weight).orElse(0.0));
        this.separation = config.separation() == 0
                ? Optional.empty()
                : Optional.of(new SeparationLoss(config.separation(), config.task() == Task.INSTANCE));
        this.annotations = config.teacher().map(TeacherConfig::annotations).orElse(true);
        this.weights = weights;
        this.groups = groups;
        this.optimizer = optimizer;
        this.processes = processes;
    }

    /**
     * What came of a step, the same in all processes.
     *
     * @param terms the losses, named as {@link Losses.Result#terms} and {@link DistillationLosses#compute} say, means over the
     *     step's batches
     * @param gradientNorm before clipping
     * @param fault why the step was left out: what was not a number, and in which pictures
     */
    record Outcome(Map<String, Double> terms, double gradientNorm, Optional<String> fault) {}

    /**
     * Takes a step, or leaves all weights as they were if something is not a number or another process is lost.
     *
     * @param step from 0
     * @param batches one for each accumulation
     * @throws LostProcessException if another process has ended
     */
    Outcome take(long step, List<List<TrainingSample>> batches) {
        try (Statistics before = Statistics.of(weights)) {
            boolean taken = false;
            try {
                Outcome outcome = tryToTake(step, batches);
                taken = outcome.fault.isEmpty();
                return outcome;
            } finally {
                if (!taken) {
                    before.restore();
                }
            }
        }
    }

    private Outcome tryToTake(long step, List<List<TrainingSample>> batches) {
        weights.clearGradients();
        Map<String, Double> terms = new LinkedHashMap<>();
        for (int i = 0; i < batches.size(); i++) {
            Pass pass = backward(batches.get(i), step * batches.size() + i, batches.size());
            if (pass.fault.isPresent()) {
                return new Outcome(pass.terms, Double.NaN, pass.fault);
            }
            int count = batches.size();
            pass.terms.forEach((name, value) -> terms.merge(name, value / count, Double::sum));
        }
        SharedGradients.sum(weights, groups.names(), processes);
        // One process's word counts: another's processor may round differently, and all have to do the same.
        double norm = processes.sum(processes.isFirst() ? Gradients.norm(weights, groups.names()) : 0)[0];
        if (!Double.isFinite(norm)) {
            return new Outcome(terms, norm, Optional.of("the gradient is not finite, pictures " + ofAll(ids(batches))));
        }
        if (config.optimizer().clipNorm() > 0) {
            Gradients.clip(weights, groups.names(), norm, config.optimizer().clipNorm());
        }
        optimizer.step(step + 1, config.schedule().factor(step, config.steps()));
        return new Outcome(terms, norm, Optional.empty());
    }

    /** The losses of a batch, and what in them was not a number, in which pictures: then nothing went back. */
    private record Pass(Map<String, Double> terms, Optional<String> fault) {}

    private Pass backward(List<TrainingSample> batch, long number, int batches) {
        int first = processes.shard().rank() * batch.size();
        AutogradOptions options = AutogradOptions.DEFAULT
                .withTrainBatchNorm(config.trainBatchNorm())
                .withPrecision(config.precision())
                .withDropPath(config.dropPath())
                .withCheckpointing(config.checkpointing())
                .withSeed(Seeds.DROP_PATH.random(config.seed(), number).nextLong() + first);
        Target shape = batch.get(0).target();
        float[] values = pixels(batch);
        Optional<List<SoftTarget>> lessons = teacher.map(t -> t.targets(batch, values));
        try (PointerScope scope = new PointerScope();
                AutogradOps ops = new AutogradOps(weights, options, sum())) {
            Tensor pixels = ops.pixels(values, batch.size(), shape.height(), shape.width());
            Mask2FormerNetwork.Predictions<Tensor> predictions = network.forwardWithFeatures(ops, pixels);
            try (Losses.Result result = losses(predictions, batch, lessons, number * config.batch() + first)) {
                Map<String, Double> terms = ofAll(result.terms());
                boolean good = terms.values().stream().allMatch(Double::isFinite);
                if (good) {
                    Tensor share =
                            batches == 1 ? result.total() : result.total().div(new Scalar(batches));
                    ops.backward(share);
                }
                return new Pass(terms, good ? Optional.empty() : Optional.of(fault(terms, result.terms(), batch)));
            }
        }
    }

    private Optional<Consumer<Tensor>> sum() {
        return processes.shard().count() == 1 ? Optional.empty() : Optional.of(processes::sum);
    }

    /** @param position of the first picture among all of the run */
    private Losses.Result losses(
            Mask2FormerNetwork.Predictions<Tensor> predictions,
            List<TrainingSample> batch,
            Optional<List<SoftTarget>> lessons,
            long position) {
        Optional<Losses.Result> taught = lessons.map(l -> distillation.compute(
                predictions.layers(),
                l,
                distillation.totals(l).over(processes),
                points(Seeds.TEACHER_POINTS, position)));
        if (!annotations) {
            return taught.orElseThrow();
        }
        List<Target> targets = batch.stream().map(TrainingSample::target).toList();
        Losses.Totals totals = losses.totals(targets).over(processes);
        Losses.Result annotated = losses.compute(predictions.layers(), targets, totals, points(Seeds.POINTS, position));
        Losses.Result all = taught.map(annotated::plus).orElse(annotated);
        return separation
                .map(s -> all.plus(s.compute(predictions.maskFeatures(), targets, segments(targets))))
                .orElse(all);
    }

    /** In the whole batch. */
    private double segments(List<Target> targets) {
        return processes.sum(targets.stream().mapToInt(Target::count).sum())[0];
    }

    private RandomPoints points(Seeds purpose, long position) {
        return weights.device().isCpu()
                ? RandomPoints.of(b -> purpose.random(config.seed(), position + b))
                : RandomPoints.onDevice(purpose.random(config.seed(), position).nextLong());
    }

    private static float[] pixels(List<TrainingSample> batch) {
        int each = batch.get(0).pixels().length;
        float[] all = new float[each * batch.size()];
        IntStream.range(0, batch.size())
                .parallel()
                .forEach(b -> System.arraycopy(batch.get(b).pixels(), 0, all, b * each, each));
        return all;
    }

    private Map<String, Double> ofAll(Map<String, Double> shares) {
        double[] sums = processes.sum(
                shares.values().stream().mapToDouble(Double::doubleValue).toArray());
        Map<String, Double> terms = new LinkedHashMap<>();
        for (String name : shares.keySet()) {
            terms.put(name, sums[terms.size()]);
        }
        return terms;
    }

    /** What all processes name, one after the other. */
    private String ofAll(String pictures) {
        return processes.gather(pictures).stream().filter(p -> !p.isEmpty()).collect(Collectors.joining(", "));
    }

    private String fault(Map<String, Double> terms, Map<String, Double> shares, List<TrainingSample> batch) {
        List<String> bad = new ArrayList<>();
        terms.forEach((name, value) -> {
            if (!Double.isFinite(value)) {
                bad.add(name + " is " + value);
            }
        });
        boolean here = !shares.values().stream().allMatch(Double::isFinite);
        return String.join(", ", bad) + ", pictures " + ofAll(here ? ids(List.of(batch)) : "");
    }

    private static String ids(List<List<TrainingSample>> batches) {
        return batches.stream().flatMap(List::stream).map(TrainingSample::id).collect(Collectors.joining(", "));
    }
}
