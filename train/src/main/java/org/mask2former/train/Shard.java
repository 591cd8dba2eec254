package org.mask2former.train;

/**
 * Which part of every batch a process takes, when several train one model together.
 *
 * @param rank this process, from 0 to {@code count - 1}
 * @param count how many processes there are
 */
public record Shard(int rank, int count) {
    /** All of it: one process trains alone. */
    public static final Shard WHOLE = new Shard(0, 1);

    public Shard {
        if (rank < 0 || rank >= count) {
            throw new IllegalArgumentException(
                    "process " + rank + " of " + count + " does not exist; they are numbered from 0");
        }
    }
}
