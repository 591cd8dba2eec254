package org.mask2former.train;

import java.util.SplittableRandom;

/** Which picture comes when: every epoch goes through all pictures once, in an order of its own. Thread-safe. */
final class EpochOrder {
    private final int size;
    private final long seed;
    /** The last two: batches run on from one epoch into the next. */
    private final Epoch[] recent = new Epoch[2];

    private record Epoch(long number, int[] pictures) {}

    EpochOrder(int size, long seed) {
        this.size = size;
        this.seed = seed;
    }

    /** The picture at a position of the run, counted from 0 through all epochs. */
    int at(long position) {
        long number = position / size;
        return epoch(number).pictures[(int) (position % size)];
    }

    private synchronized Epoch epoch(long number) {
        int slot = (int) (number % recent.length);
        Epoch epoch = recent[slot];
        if (epoch == null || epoch.number != number) {
            epoch = new Epoch(number, shuffled(Seeds.ORDER.random(seed, number)));
            recent[slot] = epoch;
        }
        return epoch;
    }

    private int[] shuffled(SplittableRandom random) {
        int[] pictures = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            pictures[i] = pictures[j];
            pictures[j] = i;
        }
        return pictures;
    }
}
