package org.mask2former.train;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.data.Dataset;
import org.mask2former.image.TestSize;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.Precision;

/**
 * All that a training run is told; see {@code docs/training.md}. Immutable.
 *
 * @param name of the run, and of the model that comes out
 * @param data the YAML of the data set
 * @param dataRoot where its files are, if not where that YAML says
 * @param trainPart the part that is learned from
 * @param valPart the part that is measured on; empty to measure nothing
 * @param limit only so many pictures of each part are used, the first ones; 0 for all
 * @param task which annotation is learned from
 * @param start a model to go on from: a folder, file, or name on the hub
 * @param backbone weights for the backbone alone: a folder, file, or name on the hub
 * @param model the architecture, its labels without meaning; empty for that of {@code start}
 * @param changes of settings of {@code start}
 * @param teacher a model to learn from besides the annotations, or instead of them
 * @param separation weight of a loss that teaches mask features to tell segments apart; 0, as in the paper, for none
 * @param segmentWeights how much a segment of a class counts in the losses, by the class's name; 1 for those not named
 * @param size of pictures when the model is measured and used
 * @param augmentation what is done to pictures before they are learned from
 * @param batch pictures in a batch
 * @param steps of the whole run
 * @param optimizer how weights are changed
 * @param schedule of the learning rate
 * @param precision {@link Precision#FP32}, or {@link Precision#BF16} for products in bfloat16
 * @param trainBatchNorm whether batch norms use and gather the batch's own statistics, as a model that starts from nothing
 *     needs; else they stay as they are
 * @param dropPath whether Swin's blocks are left out at random, at the rate of its configuration
 * @param checkpointing whether layers are computed anew in the backward pass, for less memory and more time
 * @param freeze regular expressions of weights that stay as they are
 * @param intervals how often what is done beside training
 * @param stopAfterNotFinite so many steps in a row that are not a number end the run
 * @param workers threads that prepare pictures
 * @param seed of everything random
 */
public record TrainingConfig(
        String name,
        Path data,
        Optional<Path> dataRoot,
        String trainPart,
        Optional<String> valPart,
        int limit,
        Task task,
        Optional<String> start,
        Optional<String> backbone,
        Optional<ModelConfig> model,
        ModelChanges changes,
        Optional<TeacherConfig> teacher,
        double separation,
        Map<String, Double> segmentWeights,
        TestSize size,
        Augmentation augmentation,
        int batch,
        long steps,
        OptimizerConfig optimizer,
        Schedule schedule,
        Precision precision,
        boolean trainBatchNorm,
        boolean dropPath,
        boolean checkpointing,
        List<String> freeze,
        Intervals intervals,
        int stopAfterNotFinite,
        int workers,
        long seed) {
    /**
     * How often, in steps.
     *
     * @param log a line with losses and speed
     * @param snapshot the state is kept, to resume from
     * @param validate the model is measured
     */
    public record Intervals(int log, int snapshot, int validate) {
        public static final Intervals DEFAULT = new Intervals(20, 500, 2000);

        public Intervals {
            if (log < 1 || snapshot < 1 || validate < 1) {
                throw new Mask2FormerException("intervals: log " + log + ", snapshot " + snapshot + " and validate "
                        + validate + " must be 1 or more");
            }
        }
    }

    /** What a part of the data set is for this run. */
    Dataset open(String part) {
        Dataset all = Dataset.open(data, part, dataRoot);
        return limit == 0 ? all : all.first(limit);
    }

    /**
     * @param processes that share out a batch
     * @throws Mask2FormerException if they cannot, each taking as many pictures
     */
    public void requireEvenShares(int processes) {
        if (batch % processes != 0) {
            throw new Mask2FormerException("a batch of " + batch + " cannot be shared out evenly to " + processes
                    + " processes; batch counts the pictures of all together, so choose a multiple");
        }
    }

    public TrainingConfig {
        freeze = List.copyOf(freeze);
        segmentWeights = Collections.unmodifiableMap(new TreeMap<>(segmentWeights));
        segmentWeights.forEach((label, weight) -> {
            if (!(weight > 0) || weight.isInfinite()) {
                throw new Mask2FormerException(
                        "segment_weights: that of '" + label + "' must be more than 0, but is " + weight);
            }
        });
        if (start.isPresent() == model.isPresent()) {
            throw new Mask2FormerException("a run needs either 'start', a model to go on from, or 'model', an"
                    + " architecture to train from nothing" + (start.isPresent() ? "; there are both" : ""));
        }
        if (start.isEmpty() && !changes.values().isEmpty()) {
            throw new Mask2FormerException("changes go with 'start'; 'model' describes all of a model");
        }
        if (start.isPresent() && backbone.isPresent()) {
            throw new Mask2FormerException("'backbone' goes with 'model'; 'start' brings a backbone of its own");
        }
        if (!(separation >= 0)) {
            throw new Mask2FormerException("separation must be 0, for no such loss, or more, but is " + separation);
        }
        if (limit < 0) {
            throw new Mask2FormerException("limit must be 0, for all pictures, or more, but is " + limit);
        }
        if (batch < 1 || steps < 1 || workers < 1 || stopAfterNotFinite < 1) {
            throw new Mask2FormerException("batch " + batch + ", steps " + steps + ", workers " + workers
                    + " and stop_after_not_finite " + stopAfterNotFinite + " must be 1 or more");
        }
        if (precision != Precision.FP32 && precision != Precision.BF16) {
            throw new Mask2FormerException("precision must be fp32 or bf16 in training, not " + precision);
        }
        if (!name.matches("[\\p{L}\\p{N}][\\p{L}\\p{N}_.-]*")) {
            throw new Mask2FormerException(
                    "the name '" + name + "' cannot be that of a folder; use letters, digits, '-', '_' and '.'");
        }
    }
}
