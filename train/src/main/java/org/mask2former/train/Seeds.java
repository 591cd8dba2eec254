package org.mask2former.train;

import java.util.SplittableRandom;

/** Random numbers that depend on what they are for alone, so that any of them can be drawn again without those before. */
enum Seeds {
    /** The order of the pictures in an epoch. */
    ORDER,
    /** What is done to one picture of the run. */
    AUGMENTATION,
    /** Which picture takes the place of one that cannot be used. */
    SUBSTITUTE,
    /** Which branches stochastic depth leaves out in one forward pass. */
    DROP_PATH,
    /** Where the masks of one batch are compared. */
    POINTS,
    /** Where those of one batch are compared with the teacher's. */
    TEACHER_POINTS;

    /** The numbers for the {@code index}-th use of this kind in a run. */
    SplittableRandom random(long seed, long index) {
        return new SplittableRandom(mix(mix(mix(seed) + ordinal()) + index));
    }

    /** David Stafford's variant 13 of MurmurHash3's finalizer: neighbours come out far apart. */
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
