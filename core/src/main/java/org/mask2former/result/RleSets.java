package org.mask2former.result;

import org.mask2former.Mask2FormerException;

/**
 * Set operations on two masks, run by run ({@code rleMerge} and {@code rleIou} of the COCO API). Each has its own loop: the
 * evaluators measure every pair of masks, and with a shared loop that takes about a third longer.
 */
final class RleSets {
    private RleSets() {}

    static CocoRle merge(CocoRle a, CocoRle b, boolean intersect) {
        checkSameSize(a, b);
        RleBuilder merged = new RleBuilder(a.height(), a.width());
        int[] ca = a.counts();
        int[] cb = b.counts();
        int ia = 0;
        int ib = 0;
        int endA = ca[0];
        int endB = cb[0];
        int at = 0;
        int pixels = a.height() * a.width();
        while (at < pixels) {
            while (endA == at) endA += ca[++ia];
            while (endB == at) endB += cb[++ib];
            int end = Math.min(endA, endB);
            boolean inA = ia % 2 == 1;
            boolean inB = ib % 2 == 1;
            if (intersect ? inA && inB : inA || inB) merged.add(at, end);
            at = end;
        }
        return merged.build();
    }

    static long intersectionArea(CocoRle a, CocoRle b) {
        checkSameSize(a, b);
        int[] ca = a.counts();
        int[] cb = b.counts();
        int ia = 0;
        int ib = 0;
        int endA = ca[0];
        int endB = cb[0];
        int at = 0;
        int pixels = a.height() * a.width();
        long both = 0;
        while (at < pixels) {
            while (endA == at) endA += ca[++ia];
            while (endB == at) endB += cb[++ib];
            int end = Math.min(endA, endB);
            if ((ia & ib & 1) == 1) both += end - at;
            at = end;
        }
        return both;
    }

    private static void checkSameSize(CocoRle a, CocoRle b) {
        if (a.height() != b.height() || a.width() != b.width()) {
            throw new Mask2FormerException("masks of different sizes cannot be compared: " + a.width() + "×"
                    + a.height() + " and " + b.width() + "×" + b.height());
        }
    }
}
