package org.mask2former.result;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.mask2former.Compat;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.image.Geometry;
import org.mask2former.image.Image;

/**
 * Makes a segmentation in the picture's own pixels of what the network predicts, by one of the rule books of
 * docs/compat.md. Masks at the picture's size are made piece by piece and never held as a whole: memory grows with the
 * result (a map of the picture, or run lengths), not with queries × pixels. Immutable and safe to share between threads;
 * one call works on several threads, and the result does not depend on how many.
 *
 * <p>Every method throws {@link Mask2FormerException} if the prediction, the picture and the classes do not belong
 * together, or if a logit is not a finite number.
 */
public final class PostProcessor {
    private final Compat compat;
    private final int threads;

    private PostProcessor(Compat compat, int threads) {
        if (threads < 1) throw new IllegalArgumentException("post-processing needs a thread, not " + threads);
        this.compat = compat;
        this.threads = threads;
    }

    /** A post-processor that uses as many threads as there are processors. */
    public static PostProcessor of(Compat compat) {
        return of(compat, Runtime.getRuntime().availableProcessors());
    }

    /**
     * A post-processor by the rules of {@code compat}.
     *
     * @param threads how many threads one call works on at most: the caller's own and those of the common pool
     */
    public static PostProcessor of(Compat compat, int threads) {
        return new PostProcessor(compat, threads);
    }

    /** The result for a task with the rule book's defaults. */
    public Segmentation segment(Task task, Prediction prediction, Image picture, Labels labels) {
        return segment(task, prediction, picture, labels, PostProcessOptions.defaults(compat, task, labels));
    }

    /** The result for a task. */
    public Segmentation segment(
            Task task, Prediction prediction, Image picture, Labels labels, PostProcessOptions options) {
        return switch (task) {
            case SEMANTIC -> semantic(prediction, picture, labels, options);
            case INSTANCE -> instances(prediction, picture, labels, options);
            case PANOPTIC -> panoptic(prediction, picture, labels, options);
        };
    }

    /** A class for every pixel, with the rule book's defaults. */
    public SemanticSegmentation semantic(Prediction prediction, Image picture, Labels labels) {
        return semantic(prediction, picture, labels, PostProcessOptions.defaults(compat, Task.SEMANTIC, labels));
    }

    /** A class for every pixel. Segments have the id of their class plus 1, and the score 1. */
    public SemanticSegmentation semantic(
            Prediction prediction, Image picture, Labels labels, PostProcessOptions options) {
        check(prediction, picture, labels);
        short[] map = new SemanticInference(prediction, compat, options).run(threads);
        List<Segment> segments = new ArrayList<>();
        CocoRle.encodeAll(picture.height(), picture.width(), map)
                .forEach((id, mask) -> segments.add(Segment.of(id + 1, labels.get(id), 1, mask)));
        segments.sort(Comparator.comparingLong(Segment::area).reversed());
        return new SemanticSegmentation(picture, labels, map, segments);
    }

    /** Things one by one, with the rule book's defaults. */
    public InstanceSegmentation instances(Prediction prediction, Image picture, Labels labels) {
        return instances(prediction, picture, labels, PostProcessOptions.defaults(compat, Task.INSTANCE, labels));
    }

    /**
     * Things one by one; the ids are 1, 2, … in the order of the scores. Instances without a pixel are left out. Under
     * {@link Compat#PAPER} classes that are stuff are, too.
     */
    public InstanceSegmentation instances(
            Prediction prediction, Image picture, Labels labels, PostProcessOptions options) {
        check(prediction, picture, labels);
        return new InstanceSegmentation(
                picture, labels, new InstanceInference(prediction, compat, options).run(labels, threads));
    }

    /** Things one by one and stuff as a whole, with the rule book's defaults. */
    public PanopticSegmentation panoptic(Prediction prediction, Image picture, Labels labels) {
        return panoptic(prediction, picture, labels, PostProcessOptions.defaults(compat, Task.PANOPTIC, labels));
    }

    /**
     * Things one by one and stuff as a whole. Ids are unique, from 1 in the order of the queries; a segment that is fused of
     * several has the best of their scores.
     */
    public PanopticSegmentation panoptic(
            Prediction prediction, Image picture, Labels labels, PostProcessOptions options) {
        check(prediction, picture, labels);
        PanopticInference.Result result = new PanopticInference(prediction, compat, options).run(labels, threads);
        return new PanopticSegmentation(picture, labels, result.idMap(), result.segments());
    }

    private static void check(Prediction prediction, Image picture, Labels labels) {
        Geometry g = prediction.geometry();
        if (g.imageWidth() != picture.width() || g.imageHeight() != picture.height()) {
            throw new Mask2FormerException("the prediction is for a picture of " + g.imageWidth() + "×"
                    + g.imageHeight() + ", but the picture is " + picture.width() + "×" + picture.height());
        }
        if (labels.size() != prediction.classes()) {
            throw new Mask2FormerException("the prediction has " + prediction.classes() + " classes, but there are "
                    + labels.size() + " labels");
        }
        checkFinite("class", prediction.classLogits(), prediction.queries());
        checkFinite("mask", prediction.maskLogits(), prediction.queries());
    }

    private static void checkFinite(String what, float[] logits, int queries) {
        // A product with 0 is 0, or NaN for what is not finite; many sums side by side, so that it is done by vectors.
        float[] zeros = new float[1024];
        for (int at = 0; at < logits.length; at += zeros.length) {
            int n = Math.min(zeros.length, logits.length - at);
            for (int i = 0; i < n; i++) zeros[i] += logits[at + i] * 0;
        }
        float sum = 0;
        for (float zero : zeros) sum += zero;
        if (sum == 0) return;
        for (int i = 0; i < logits.length; i++) {
            if (!Float.isFinite(logits[i])) {
                throw new Mask2FormerException("the prediction has a " + what + " logit of " + logits[i] + " (query "
                        + i / (logits.length / queries)
                        + "): the weights or the precision are not usable; try --precision"
                        + " fp32, or check the checkpoint");
            }
        }
    }
}
