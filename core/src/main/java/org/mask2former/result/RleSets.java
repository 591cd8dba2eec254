package org.mask2former.result;

import org.mask2former.Mask2FormerException;

/** Set operations on two masks, run by run ({@code rleMerge} and {@code rleIou} of the COCO API). */
final class RleSets {
    private RleSets() {}

    /** Takes the stretches of pixels, in order, over which neither mask changes. */
    @FunctionalInterface
    private interface Stretch {
        void accept(int from, int to, boolean inA, boolean inB);
    }

    static CocoRle merge(CocoRle a, CocoRle b, boolean intersect) {
        RleBuilder merged = new RleBuilder(a.height(), a.width());
        walk(a, b, (from, to, inA, inB) -> {
            if (intersect ? inA && inB : inA || inB) merged.add(from, to);
        });
        return merged.build();
    }

    static long intersectionArea(CocoRle a, CocoRle b) {
        long[] both = {0};
        walk(a, b, (from, to, inA, inB) -> {
            if (inA && inB) both[0] += to - from;
        });
        return both[0];
    }

    private static void walk(CocoRle a, CocoRle b, Stretch stretch) {
        checkSameSize(a, b);
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
            stretch.accept(at, end, ia % 2 == 1, ib % 2 == 1);
            at = end;
        }
    }

    private static void checkSameSize(CocoRle a, CocoRle b) {
        if (a.height() != b.height() || a.width() != b.width()) {
            throw new Mask2FormerException("masks of different sizes cannot be compared: " + a.width() + "×"
                    + a.height() + " and " + b.width() + "×" + b.height());
        }
    }
}
