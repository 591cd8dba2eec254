package org.mask2former.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.mask2former.data.CocoMetric.Area;
import org.mask2former.result.Labels;

/**
 * Average precision and recall, to the last digit as pycocotools' {@code COCOeval} computes them: ten IoU thresholds from 0.5
 * to 0.95, at most 100 detections a class and picture, crowds and objects outside the area range neither right nor wrong.
 * One difference is on purpose: pycocotools takes an object whose id is 0 for "no match"; here every object counts.
 *
 * <p>Pictures are added one by one, in any order; what is kept is a score and a few bits for each detection. Not thread-safe.
 *
 * @param <R> what is compared: {@link MaskRegion} or {@link FloatBox}
 */
public final class CocoEvaluator<R> {
    static final int MAX_DETECTIONS = 100;
    private static final double[] IOU_THRESHOLDS = linspace(0.5, 0.95, 10);

    private final Labels labels;
    private final Overlap<R> overlap;
    /** By class, then by picture. */
    private final List<Map<Long, Matches>> matches = new ArrayList<>();

    /** How much a detection overlaps a true object, in [0, 1]; measured against the detection alone if that is a crowd. */
    @FunctionalInterface
    public interface Overlap<R> {
        double of(R detection, R truth, boolean crowd);
    }

    /**
     * A true object.
     *
     * @param area in pixels, as the annotation says: it decides between small, medium and large
     */
    public record Truth<R>(int labelId, R region, double area, boolean crowd) {}

    /**
     * A detected object.
     *
     * @param area in pixels: of the mask, or of the box where boxes are compared
     */
    public record Detection<R>(int labelId, double score, R region, double area) {
        public Detection {
            if (Double.isNaN(score)) {
                throw new IllegalArgumentException("the score of a detection is not a number");
            }
        }
    }

    public CocoEvaluator(Labels labels, Overlap<R> overlap) {
        this.labels = labels;
        this.overlap = overlap;
        labels.list().forEach(l -> matches.add(new TreeMap<>()));
    }

    /** Compares boxes. */
    public static CocoEvaluator<FloatBox> boxes(Labels labels) {
        return new CocoEvaluator<>(labels, FloatBox::iou);
    }

    /** Compares masks. */
    public static CocoEvaluator<MaskRegion> masks(Labels labels) {
        return new CocoEvaluator<>(labels, MaskRegion::iou);
    }

    /** Boundary AP (Cheng et al. 2021): compares masks and their contours; regions by {@link MaskRegion#withRim}. */
    public static CocoEvaluator<MaskRegion> boundaries(Labels labels) {
        return new CocoEvaluator<>(labels, MaskRegion::boundaryIou);
    }

    /**
     * Adds a picture.
     *
     * @param picture its number, not used before; among equal scores, the picture with the lower number comes first
     */
    public void add(long picture, List<Truth<R>> truths, List<Detection<R>> detections) {
        List<List<Truth<R>>> truthsOf = byClass();
        List<List<Detection<R>>> detectionsOf = byClass();
        truths.forEach(t -> truthsOf.get(t.labelId).add(t));
        detections.forEach(d -> detectionsOf.get(d.labelId).add(d));
        for (int c = 0; c < labels.size(); c++) {
            if (truthsOf.get(c).isEmpty() && detectionsOf.get(c).isEmpty()) {
                continue;
            }
            if (matches.get(c).put(picture, match(truthsOf.get(c), detectionsOf.get(c))) != null) {
                throw new IllegalArgumentException("picture " + picture + " was added before");
            }
        }
    }

    /** What was measured so far. */
    public CocoReport result() {
        List<CocoClassResult> results = new ArrayList<>();
        for (int c = 0; c < labels.size(); c++) {
            results.add(new CocoClassResult(List.copyOf(matches.get(c).values()), IOU_THRESHOLDS));
        }
        return CocoClassResult.summarize(labels, results);
    }

    private <T> List<List<T>> byClass() {
        return IntStream.range(0, labels.size())
                .<List<T>>mapToObj(i -> new ArrayList<>())
                .toList();
    }

    /**
     * How the detections of one class in one picture fared.
     *
     * @param scores best first
     * @param matched for each area range and detection, a bit for each IoU threshold: it matched an object
     * @param ignored likewise: it counts neither as right nor as wrong
     * @param truths for each area range, the objects to be found
     */
    record Matches(double[] scores, short[][] matched, short[][] ignored, int[] truths) {}

    private Matches match(List<Truth<R>> truths, List<Detection<R>> unsorted) {
        List<Detection<R>> detections = unsorted.stream()
                .sorted(Comparator.<Detection<R>>comparingDouble(d -> -d.score))
                .limit(MAX_DETECTIONS)
                .toList();
        double[][] ious = new double[detections.size()][truths.size()];
        for (int d = 0; d < ious.length; d++) {
            for (int t = 0; t < truths.size(); t++) {
                ious[d][t] = overlap.of(detections.get(d).region, truths.get(t).region, truths.get(t).crowd);
            }
        }
        Area[] areas = Area.values();
        short[][] matched = new short[areas.length][detections.size()];
        short[][] ignored = new short[areas.length][detections.size()];
        int[] count = new int[areas.length];
        for (Area area : areas) {
            int a = area.ordinal();
            boolean[] ignore = new boolean[truths.size()];
            for (int t = 0; t < ignore.length; t++) {
                ignore[t] = truths.get(t).crowd || !area.holds(truths.get(t).area);
                count[a] += ignore[t] ? 0 : 1;
            }
            // Objects that count come first, else in their order.
            int[] order = IntStream.concat(
                            IntStream.range(0, ignore.length).filter(t -> !ignore[t]),
                            IntStream.range(0, ignore.length).filter(t -> ignore[t]))
                    .toArray();
            for (int i = 0; i < IOU_THRESHOLDS.length; i++) {
                match(truths, ious, ignore, order, i, matched[a], ignored[a]);
            }
            for (int d = 0; d < detections.size(); d++) {
                if (!area.holds(detections.get(d).area)) {
                    ignored[a][d] |= (short) ~matched[a][d];
                }
            }
        }
        return new Matches(detections.stream().mapToDouble(d -> d.score).toArray(), matched, ignored, count);
    }

    /** {@code COCOeval.evaluateImg}: each detection, best first, takes the object it overlaps most of those still free. */
    private void match(
            List<Truth<R>> truths,
            double[][] ious,
            boolean[] ignore,
            int[] order,
            int threshold,
            short[] matched,
            short[] ignored) {
        boolean[] taken = new boolean[order.length];
        short bit = (short) (1 << threshold);
        for (int d = 0; d < ious.length; d++) {
            double best = Math.min(IOU_THRESHOLDS[threshold], 1 - 1e-10);
            int found = -1;
            for (int t : order) {
                if (taken[t] && !truths.get(t).crowd) {
                    continue;
                }
                if (found >= 0 && !ignore[found] && ignore[t]) {
                    break;
                }
                if (ious[d][t] >= best) {
                    best = ious[d][t];
                    found = t;
                }
            }
            if (found >= 0) {
                taken[found] = true;
                matched[d] |= bit;
                if (ignore[found]) {
                    ignored[d] |= bit;
                }
            }
        }
    }

    /** {@code numpy.linspace}, with its rounding. */
    static double[] linspace(double start, double stop, int count) {
        double[] values = new double[count];
        double step = (stop - start) / (count - 1);
        Arrays.setAll(values, i -> i == count - 1 ? stop : i * step + start);
        return values;
    }
}
