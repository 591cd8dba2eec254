package org.mask2former.result;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.mask2former.image.Geometry;

/**
 * How much the masks of two queries share, at the size in which the network gives them. By it repetitions are dropped
 * (non-maximum suppression), which neither rule book does: a query seldom takes what another has, but in a young model it may.
 * Used by one thread.
 */
final class MaskOverlaps {
    private final Prediction prediction;
    private final float threshold;
    private final int validHeight;
    private final int validWidth;
    private final Map<Integer, BitSet> masks = new HashMap<>();

    /** @param maskThreshold least probability of a mask's pixels */
    MaskOverlaps(Prediction prediction, double maskThreshold) {
        this.prediction = prediction;
        threshold = (float) Math.log(maskThreshold / (1 - maskThreshold));
        Geometry g = prediction.geometry();
        validHeight = part(prediction.maskHeight(), g.validHeight(), g.inputHeight());
        validWidth = part(prediction.maskWidth(), g.validWidth(), g.inputWidth());
    }

    /** How many of a mask's rows or columns are the picture's; the rest is padding. */
    private static int part(int all, int valid, int input) {
        return (all * valid + input - 1) / input;
    }

    /** A query that is about to become a segment. */
    interface Claim {
        int query();

        int classId();
    }

    /**
     * Those that share no more than {@code most} with any before them of the same class.
     *
     * @param most intersection over union
     */
    <C extends Claim> List<C> withoutRepetitions(List<C> bestFirst, double most) {
        List<C> kept = new ArrayList<>();
        for (C claim : bestFirst) {
            boolean repeated = kept.stream()
                    .anyMatch(
                            better -> better.classId() == claim.classId() && iou(better.query(), claim.query()) > most);
            if (!repeated) {
                kept.add(claim);
            }
        }
        return kept;
    }

    /** Intersection over union, in [0, 1]; 0 if both masks are empty. */
    private double iou(int query, int other) {
        BitSet a = mask(query);
        BitSet b = mask(other);
        if (!a.intersects(b)) {
            return 0;
        }
        BitSet both = (BitSet) a.clone();
        both.and(b);
        int shared = both.cardinality();
        return (double) shared / (a.cardinality() + b.cardinality() - shared);
    }

    private BitSet mask(int query) {
        return masks.computeIfAbsent(query, q -> {
            int height = prediction.maskHeight();
            int width = prediction.maskWidth();
            BitSet mask = new BitSet(height * width);
            for (int y = 0; y < validHeight; y++) {
                int row = (q * height + y) * width;
                for (int x = 0; x < validWidth; x++) {
                    if (prediction.maskLogits()[row + x] >= threshold) {
                        mask.set(y * width + x);
                    }
                }
            }
            return mask;
        });
    }
}
