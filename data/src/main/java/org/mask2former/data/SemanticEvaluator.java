package org.mask2former.data;

import org.mask2former.Mask2FormerException;
import org.mask2former.result.Labels;

/**
 * Mean IoU, pixel accuracy and boundary IoU from one class for every pixel, as Detectron2's {@code SemSegEvaluator} counts:
 * pixels whose truth is {@link ClassMap#IGNORE} are left out; a pixel without a predicted class is a miss. Pictures are added one
 * by one; what is kept is the confusion matrix. Not thread-safe.
 */
public final class SemanticEvaluator {
    private final Labels labels;
    private final ConfusionMatrix confusion;
    private final BoundaryCounts boundaries;

    public SemanticEvaluator(Labels labels) {
        this.labels = labels;
        this.confusion =
                new ConfusionMatrix(labels.list().stream().map(l -> l.name()).toList(), "void");
        this.boundaries = new BoundaryCounts(labels.size());
    }

    /**
     * Adds a picture.
     *
     * @return the picture's own mean IoU over the classes in its truth, 0 where it has none
     * @throws Mask2FormerException if the maps differ in size or name a class that the data set does not have
     */
    public double add(ClassMap truth, ClassMap prediction) {
        if (truth.width() != prediction.width() || truth.height() != prediction.height()) {
            throw new Mask2FormerException("the prediction is " + prediction.width() + "×" + prediction.height()
                    + ", the annotation " + truth.width() + "×" + truth.height() + ": they must be of one size");
        }
        int classes = labels.size();
        ConfusionMatrix picture = new ConfusionMatrix(confusion.names(), confusion.none());
        short[] truths = truth.labels();
        short[] predictions = prediction.labels();
        for (int i = 0; i < truths.length; i++) {
            if (truths[i] == ClassMap.IGNORE) {
                continue;
            }
            int predicted = predictions[i] == ClassMap.IGNORE ? classes : predictions[i];
            if (truths[i] < 0 || truths[i] >= classes || predicted < 0 || predicted > classes) {
                throw new Mask2FormerException("pixel (" + i % truth.width() + ", " + i / truth.width()
                        + ") is of class " + truths[i] + " and predicted as " + predictions[i]
                        + ", but the data set has " + classes + " classes");
            }
            picture.add(truths[i], predicted, 1);
        }
        confusion.add(picture);
        boundaries.add(truth, prediction);
        return SemanticReport.of(labels, picture, new BoundaryCounts(classes)).meanIou();
    }

    /** What was measured so far. */
    public SemanticReport result() {
        return SemanticReport.of(labels, confusion, boundaries);
    }
}
