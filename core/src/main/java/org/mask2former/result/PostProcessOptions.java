package org.mask2former.result;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.mask2former.Compat;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;

/**
 * What counts as a segment. {@link #defaults} has the rule book's own values; docs/compat.md compares them.
 *
 * @param scoreThreshold in [0, 1]. Panoptic: queries whose class is less probable take no part ({@code
 *     OBJECT_MASK_THRESHOLD} of the original). Instance: instances with a lower score are left out; 0 keeps the best
 *     {@code topK}, which is what AP is measured on. Semantic: not used, every pixel has a class
 * @param classThresholds thresholds of single classes, by id, in place of {@code scoreThreshold}
 * @param maskThreshold in (0, 1): a pixel is inside a mask where its probability is at least this. Panoptic and instance
 * @param overlapThreshold in [0, 1]: a segment of which other segments leave less than this share is dropped. Panoptic only
 * @param topK how many pairs of query and class are looked at; 0 for as many as there are queries. Instance only
 * @param nmsThreshold in (0, 1]: a query takes no part whose mask has a larger intersection over union than this with that of a
 *     better one of its class (non-maximum suppression); 1 leaves none out, as both rule books want it. Panoptic and instance
 * @param fuseStuff whether all segments of one stuff class become one segment. Panoptic only
 * @param fusedLabels classes whose segments become one, besides stuff. Panoptic only
 * @param resizeScores whether class scores are made at the input's size and then resized, as the original does for models
 *     that are trained for semantic segmentation only, rather than made at the picture's size; Transformers always resizes
 *     them. Semantic only
 */
public record PostProcessOptions(
        double scoreThreshold,
        Map<Integer, Double> classThresholds,
        double maskThreshold,
        double overlapThreshold,
        int topK,
        double nmsThreshold,
        boolean fuseStuff,
        Set<Integer> fusedLabels,
        boolean resizeScores) {
    public PostProcessOptions {
        checkShare("score threshold", scoreThreshold);
        classThresholds = Map.copyOf(classThresholds);
        classThresholds.forEach((id, threshold) -> checkShare("score threshold of class " + id, threshold));
        if (!(maskThreshold > 0 && maskThreshold < 1)) {
            throw new Mask2FormerException("the mask threshold must lie between 0 and 1, but is " + maskThreshold);
        }
        checkShare("overlap threshold", overlapThreshold);
        if (topK < 0) {
            throw new Mask2FormerException("top-k must be 1 or more, or 0 for the number of queries, but is " + topK);
        }
        if (!(nmsThreshold > 0 && nmsThreshold <= 1)) {
            throw new Mask2FormerException(
                    "the NMS threshold must be more than 0 and at most 1, but is " + nmsThreshold);
        }
        fusedLabels = Set.copyOf(fusedLabels);
    }

    private static void checkShare(String what, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new Mask2FormerException("the " + what + " must be from 0 to 1, but is " + value);
        }
    }

    /**
     * The rule book's values for a task. {@link Compat#PAPER}: panoptic 0.8 (0 for Mapillary Vistas), top 100 instances,
     * stuff fused. {@link Compat#HF}: 0.5, as many instances as queries, nothing fused. Instances below a score of 0.5
     * are left out in both: the original keeps all of its top 100, which is right for measuring AP and useless for looking
     * at.
     */
    public static PostProcessOptions defaults(Compat compat, Task task, Labels labels) {
        boolean paper = compat == Compat.PAPER;
        boolean mapillary =
                labels.dataset().filter("mapillary_vistas_65"::equals).isPresent();
        double score = paper && task == Task.PANOPTIC ? mapillary ? 0 : 0.8 : 0.5;
        return new PostProcessOptions(score, Map.of(), 0.5, 0.8, paper ? 100 : 0, 1, paper, Set.of(), false);
    }

    /** The threshold for a class. */
    public double scoreThreshold(int classId) {
        return classThresholds.getOrDefault(classId, scoreThreshold);
    }

    public PostProcessOptions withScoreThreshold(double value) {
        return with(changed -> changed.scoreThreshold = value);
    }

    public PostProcessOptions withClassThresholds(Map<Integer, Double> value) {
        return with(changed -> changed.classThresholds = value);
    }

    public PostProcessOptions withMaskThreshold(double value) {
        return with(changed -> changed.maskThreshold = value);
    }

    public PostProcessOptions withOverlapThreshold(double value) {
        return with(changed -> changed.overlapThreshold = value);
    }

    public PostProcessOptions withTopK(int value) {
        return with(changed -> changed.topK = value);
    }

    public PostProcessOptions withNmsThreshold(double value) {
        return with(changed -> changed.nmsThreshold = value);
    }

    public PostProcessOptions withFuseStuff(boolean value) {
        return with(changed -> changed.fuseStuff = value);
    }

    public PostProcessOptions withFusedLabels(Set<Integer> value) {
        return with(changed -> changed.fusedLabels = value);
    }

    public PostProcessOptions withResizeScores(boolean value) {
        return with(changed -> changed.resizeScores = value);
    }

    private PostProcessOptions with(Consumer<Fields> change) {
        Fields changed = new Fields(this);
        change.accept(changed);
        return changed.options();
    }

    /** The same, to be changed. */
    private static final class Fields {
        private double scoreThreshold;
        private Map<Integer, Double> classThresholds;
        private double maskThreshold;
        private double overlapThreshold;
        private int topK;
        private double nmsThreshold;
        private boolean fuseStuff;
        private Set<Integer> fusedLabels;
        private boolean resizeScores;

        Fields(PostProcessOptions from) {
            scoreThreshold = from.scoreThreshold;
            classThresholds = from.classThresholds;
            maskThreshold = from.maskThreshold;
            overlapThreshold = from.overlapThreshold;
            topK = from.topK;
            nmsThreshold = from.nmsThreshold;
            fuseStuff = from.fuseStuff;
            fusedLabels = from.fusedLabels;
            resizeScores = from.resizeScores;
        }

        PostProcessOptions options() {
            return new PostProcessOptions(
                    scoreThreshold,
                    classThresholds,
                    maskThreshold,
                    overlapThreshold,
                    topK,
                    nmsThreshold,
                    fuseStuff,
                    fusedLabels,
                    resizeScores);
        }
    }
}
