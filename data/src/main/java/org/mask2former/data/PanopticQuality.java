package org.mask2former.data;

/**
 * The counts behind panoptic quality, and the quality itself, in [0, 1]; 0 where there is nothing to measure.
 *
 * @param truePositives segments found
 * @param falsePositives segments predicted that are not there
 * @param falseNegatives segments missed
 * @param iou summed over the segments found
 */
public record PanopticQuality(long truePositives, long falsePositives, long falseNegatives, double iou) {
    public static final PanopticQuality NOTHING = new PanopticQuality(0, 0, 0, 0);

    public PanopticQuality plus(PanopticQuality other) {
        return new PanopticQuality(
                truePositives + other.truePositives,
                falsePositives + other.falsePositives,
                falseNegatives + other.falseNegatives,
                iou + other.iou);
    }

    /** Whether the class occurred at all, in the truth or in a prediction. */
    public boolean measured() {
        return truePositives + falsePositives + falseNegatives > 0;
    }

    /** Panoptic quality, {@code sq × rq}. */
    public double pq() {
        return measured() ? iou / halves() : 0;
    }

    /** Segmentation quality: the mean IoU of the segments found. */
    public double sq() {
        return truePositives > 0 ? iou / truePositives : 0;
    }

    /** Recognition quality: the F1 score of finding segments. */
    public double rq() {
        return measured() ? truePositives / halves() : 0;
    }

    private double halves() {
        return truePositives + 0.5 * falsePositives + 0.5 * falseNegatives;
    }
}
