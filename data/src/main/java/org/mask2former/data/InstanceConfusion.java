package org.mask2former.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.mask2former.data.CocoEvaluator.Detection;
import org.mask2former.data.CocoEvaluator.Truth;
import org.mask2former.result.Labels;

/**
 * What objects were taken for: confident detections and true objects are paired by how much they overlap, whatever their
 * class, the closest first. Not thread-safe.
 */
final class InstanceConfusion {
    /** Detections with a lower score are what a person would not see. */
    static final double MIN_SCORE = 0.5;

    private static final double MIN_IOU = 0.5;

    private final int none;
    private final ConfusionMatrix matrix;

    InstanceConfusion(Labels labels) {
        none = labels.size();
        matrix = new ConfusionMatrix(labels.list().stream().map(l -> l.name()).toList(), "nothing");
    }

    ConfusionMatrix matrix() {
        return matrix;
    }

    /**
     * Adds a picture.
     *
     * @return the picture's own quality, counted as for panoptic quality
     */
    PanopticQuality add(List<Truth<MaskRegion>> truths, List<Detection<MaskRegion>> detections) {
        record Pair(int truth, int detection, double iou) {}
        List<Detection<MaskRegion>> confident =
                detections.stream().filter(d -> d.score() >= MIN_SCORE).toList();
        List<Pair> pairs = new ArrayList<>();
        boolean[] inCrowd = new boolean[confident.size()];
        for (int d = 0; d < confident.size(); d++) {
            for (int t = 0; t < truths.size(); t++) {
                boolean crowd = truths.get(t).crowd();
                double iou = confident.get(d).region().iou(truths.get(t).region(), crowd);
                if (iou >= MIN_IOU && crowd) {
                    inCrowd[d] = true;
                } else if (iou >= MIN_IOU) {
                    pairs.add(new Pair(t, d, iou));
                }
            }
        }
        pairs.sort(Comparator.comparingDouble(p -> -p.iou));
        boolean[] found = new boolean[truths.size()];
        boolean[] used = new boolean[confident.size()];
        PanopticQuality quality = PanopticQuality.NOTHING;
        for (Pair pair : pairs) {
            if (!found[pair.truth] && !used[pair.detection]) {
                found[pair.truth] = true;
                used[pair.detection] = true;
                int truth = truths.get(pair.truth).labelId();
                int predicted = confident.get(pair.detection).labelId();
                matrix.add(truth, predicted, 1);
                quality = quality.plus(
                        truth == predicted ? new PanopticQuality(1, 0, 0, pair.iou) : new PanopticQuality(0, 1, 1, 0));
            }
        }
        for (int t = 0; t < truths.size(); t++) {
            if (!found[t] && !truths.get(t).crowd()) {
                matrix.add(truths.get(t).labelId(), none, 1);
                quality = quality.plus(new PanopticQuality(0, 0, 1, 0));
            }
        }
        for (int d = 0; d < confident.size(); d++) {
            if (!used[d] && !inCrowd[d]) {
                matrix.add(none, confident.get(d).labelId(), 1);
                quality = quality.plus(new PanopticQuality(0, 1, 0, 0));
            }
        }
        return quality;
    }
}
