package org.mask2former.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.mask2former.Mask2FormerException;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;

/**
 * Panoptic quality (Kirillov et al. 2019, section 4), by the rules of COCO's panopticapi ({@code evaluation.py}). Pictures
 * are added one by one; what is kept is a few numbers for each class. Not thread-safe.
 */
public final class PanopticEvaluator {
    /** Above it a match is unique by itself: no two segments can both cover more than half of a third. */
    private static final double MATCH_IOU = 0.5;
    /** A segment that nobody matched is no mistake where more than this part of it lies on void or on a crowd. */
    private static final double IGNORED_PART = 0.5;

    private final Labels labels;
    private final PanopticQuality[] byClass;

    public PanopticEvaluator(Labels labels) {
        this.labels = labels;
        this.byClass = new PanopticQuality[labels.size()];
        Arrays.fill(byClass, PanopticQuality.NOTHING);
    }

    /**
     * Adds a picture.
     *
     * @return the picture's own counts, all classes together
     * @throws Mask2FormerException if the maps differ in size, or a predicted pixel or segment is without its counterpart
     */
    public PanopticQuality add(PanopticMap truth, PanopticMap prediction) {
        PanopticQuality[] counts = count(truth, prediction);
        PanopticQuality picture = PanopticQuality.NOTHING;
        for (int c = 0; c < counts.length; c++) {
            byClass[c] = byClass[c].plus(counts[c]);
            picture = picture.plus(counts[c]);
        }
        return picture;
    }

    /** What was measured so far. */
    public PanopticReport result() {
        List<PanopticReport.OfClass> rows = new ArrayList<>();
        for (Label label : labels.list()) {
            rows.add(new PanopticReport.OfClass(label.name(), label.thing(), byClass[label.id()]));
        }
        return new PanopticReport(rows);
    }

    private PanopticQuality[] count(PanopticMap truth, PanopticMap prediction) {
        if (truth.width() != prediction.width() || truth.height() != prediction.height()) {
            throw new Mask2FormerException("the prediction is " + prediction.width() + "×" + prediction.height()
                    + ", the annotation " + truth.width() + "×" + truth.height() + ": they must be of one size");
        }
        Overlaps overlaps = new Overlaps(truth, prediction);
        List<PanopticMap.Entry> truths = truth.segments();
        List<PanopticMap.Entry> predictions = prediction.segments();
        for (int p = 0; p < predictions.size(); p++) {
            PanopticMap.Entry entry = predictions.get(p);
            if (overlaps.predictedArea(p) == 0) {
                throw new Mask2FormerException("predicted segment " + entry.id() + " has no pixels in its map");
            }
            if (entry.labelId() < 0 || entry.labelId() >= labels.size()) {
                throw new Mask2FormerException("predicted segment " + entry.id() + " is of class " + entry.labelId()
                        + ", but the data set has " + labels.size() + " classes");
            }
        }

        PanopticQuality[] counts = new PanopticQuality[labels.size()];
        Arrays.fill(counts, PanopticQuality.NOTHING);
        boolean[] matched = new boolean[predictions.size()];
        // The last crowd of a class stands for all of them, as in panopticapi.
        Map<Integer, Integer> crowdOfClass = new HashMap<>();
        for (int t = 0; t < truths.size(); t++) {
            PanopticMap.Entry entry = truths.get(t);
            if (entry.crowd()) {
                crowdOfClass.put(entry.labelId(), t);
                continue;
            }
            double iou = 0;
            for (int p = 0; p < predictions.size(); p++) {
                long common = overlaps.common(t, p);
                if (common == 0 || predictions.get(p).labelId() != entry.labelId()) {
                    continue;
                }
                long union = overlaps.predictedArea(p) + entry.area() - common - overlaps.onVoid(p);
                double candidate = (double) common / union;
                if (candidate > MATCH_IOU) {
                    iou = candidate;
                    matched[p] = true;
                }
            }
            PanopticQuality found = iou > 0 ? new PanopticQuality(1, 0, 0, iou) : new PanopticQuality(0, 0, 1, 0);
            counts[entry.labelId()] = counts[entry.labelId()].plus(found);
        }
        for (int p = 0; p < predictions.size(); p++) {
            int label = predictions.get(p).labelId();
            long ignored = overlaps.onVoid(p);
            Integer crowd = crowdOfClass.get(label);
            if (crowd != null) {
                ignored += overlaps.common(crowd, p);
            }
            if (!matched[p] && !((double) ignored / overlaps.predictedArea(p) > IGNORED_PART)) {
                counts[label] = counts[label].plus(new PanopticQuality(0, 1, 0, 0));
            }
        }
        return counts;
    }

    /** How many pixels each true and each predicted segment have in common. */
    private static final class Overlaps {
        private final int columns;
        private final int[] common;
        private final long[] predictedArea;
        private final int voidRow;

        Overlaps(PanopticMap truth, PanopticMap prediction) {
            Map<Integer, Integer> rows = indices(truth);
            Map<Integer, Integer> cols = indices(prediction);
            voidRow = truth.segments().size();
            columns = prediction.segments().size();
            // One row more for void and one for ids without a segment, which panopticapi counts as neither.
            common = new int[Math.multiplyExact(voidRow + 2, columns)];
            predictedArea = new long[columns];
            rows.put(PanopticMap.VOID, voidRow);
            int[] truthIds = truth.ids();
            int[] predictedIds = prediction.ids();
            int lastTruth = PanopticMap.VOID;
            int row = voidRow;
            int lastPredicted = PanopticMap.VOID;
            int column = -1;
            for (int i = 0; i < truthIds.length; i++) {
                if (predictedIds[i] != lastPredicted) {
                    lastPredicted = predictedIds[i];
                    column = lastPredicted == PanopticMap.VOID ? -1 : column(cols, lastPredicted);
                }
                if (column < 0) {
                    continue;
                }
                if (truthIds[i] != lastTruth) {
                    lastTruth = truthIds[i];
                    row = rows.getOrDefault(lastTruth, voidRow + 1);
                }
                common[row * columns + column]++;
                predictedArea[column]++;
            }
        }

        private static int column(Map<Integer, Integer> columns, int id) {
            Integer found = columns.get(id);
            if (found == null) {
                throw new Mask2FormerException(
                        "the predicted map has pixels of segment " + id + ", which is not listed");
            }
            return found;
        }

        private static Map<Integer, Integer> indices(PanopticMap map) {
            Map<Integer, Integer> found = new HashMap<>();
            for (int i = 0; i < map.segments().size(); i++) {
                found.put(map.segments().get(i).id(), i);
            }
            return found;
        }

        long common(int truth, int prediction) {
            return common[truth * columns + prediction];
        }

        long onVoid(int prediction) {
            return common[voidRow * columns + prediction];
        }

        long predictedArea(int prediction) {
            return predictedArea[prediction];
        }
    }
}
