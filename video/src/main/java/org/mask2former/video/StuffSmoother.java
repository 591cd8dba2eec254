package org.mask2former.video;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.mask2former.result.Labels;
import org.mask2former.result.Prediction;

/**
 * Smooths stuff over time, so that its edges do not flicker: the logits of a query that stands for stuff are averaged with
 * those of the query that stood for it in the frame before, found by class and by the overlap of the masks. Things, which
 * move, are left as they are. For one film and one thread, frame after frame.
 */
public final class StuffSmoother implements UnaryOperator<Prediction> {
    /** Queries that overlap less are about another piece of stuff, or the camera was cut. */
    private static final double LEAST_OVERLAP = 0.5;
    /** Logits beyond this are equally sure; were they averaged as they are, an edge would lag behind for long. */
    private static final float SURE = 6;

    private final double past;
    private final boolean[] stuff;
    private List<Query> before = List.of();
    private int beforeHeight;
    private int beforeWidth;

    /** A query that stands for stuff, with its smoothed logits. */
    private record Query(int label, float[] classLogits, float[] maskLogits) {}

    /**
     * @param past how much the past counts, from 0, not at all, to below 1
     * @param labels tell what is stuff
     */
    public StuffSmoother(double past, Labels labels) {
        if (!(past >= 0 && past < 1)) {
            throw new VideoException("the share of the past must be from 0 to below 1, but is " + past);
        }
        this.past = past;
        stuff = new boolean[labels.size()];
        labels.list().forEach(label -> stuff[label.id()] = !label.thing());
    }

    /** The next frame's prediction, smoothed; the given one does not change. */
    @Override
    public Prediction apply(Prediction now) {
        if (now.maskHeight() != beforeHeight || now.maskWidth() != beforeWidth) {
            before = List.of();
            beforeHeight = now.maskHeight();
            beforeWidth = now.maskWidth();
        }
        List<Query> rest = new ArrayList<>(before);
        List<Query> smoothed = new ArrayList<>();
        float[] classLogits = now.classLogits().clone();
        float[] maskLogits = now.maskLogits().clone();
        int row = now.classes() + 1;
        int pixels = now.maskHeight() * now.maskWidth();
        for (int q = 0; q < now.queries(); q++) {
            int label = best(classLogits, q * row, row);
            if (label >= stuff.length || !stuff[label]) {
                continue;
            }
            int mask = q * pixels;
            int classes = q * row;
            take(rest, label, maskLogits, mask).ifPresent(last -> {
                blend(last.classLogits(), classLogits, classes, Float.MAX_VALUE);
                blend(last.maskLogits(), maskLogits, mask, SURE);
            });
            smoothed.add(new Query(
                    label,
                    Arrays.copyOfRange(classLogits, classes, classes + row),
                    Arrays.copyOfRange(maskLogits, mask, mask + pixels)));
        }
        before = smoothed;
        return new Prediction(
                now.queries(),
                now.classes(),
                classLogits,
                now.maskHeight(),
                now.maskWidth(),
                maskLogits,
                now.geometry());
    }

    private static int best(float[] logits, int from, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (logits[from + i] > logits[from + best]) best = i;
        }
        return best;
    }

    /** The query of this class that overlaps the mask most, if any does enough; no other query gets it then. */
    private static Optional<Query> take(List<Query> queries, int label, float[] maskLogits, int from) {
        Optional<Query> best = Optional.empty();
        double most = LEAST_OVERLAP;
        for (Query query : queries) {
            double overlap = query.label() == label ? overlap(query.maskLogits(), maskLogits, from) : 0;
            if (overlap > most) {
                most = overlap;
                best = Optional.of(query);
            }
        }
        best.ifPresent(queries::remove);
        return best;
    }

    /** Intersection over union of two masks. */
    private static double overlap(float[] a, float[] b, int fromB) {
        int both = 0;
        int any = 0;
        for (int i = 0; i < a.length; i++) {
            boolean inA = a[i] > 0;
            boolean inB = b[fromB + i] > 0;
            if (inA && inB) both++;
            if (inA || inB) any++;
        }
        return any == 0 ? 0 : (double) both / any;
    }

    private void blend(float[] last, float[] now, int from, float limit) {
        float share = (float) past;
        for (int i = 0; i < last.length; i++) {
            float was = Math.max(-limit, Math.min(limit, last[i]));
            float is = Math.max(-limit, Math.min(limit, now[from + i]));
            now[from + i] = share * was + (1 - share) * is;
        }
    }
}
