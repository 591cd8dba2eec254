package org.mask2former.checkpoint;

/**
 * Between which numbers a quantised layer expects its input, found once on pictures. The input is rounded to 256 steps from
 * {@code min} to {@code max}; what lies outside becomes the nearest end. Zero is always a step, so that padding stays exact.
 *
 * @param min at most 0
 * @param max at least 0, and above {@code min}
 */
public record InputRange(float min, float max) {
    /** The steps of an unsigned byte. */
    private static final int STEPS = 255;

    public InputRange {
        if (!(min <= 0 && max >= 0 && min < max && max - min < Float.POSITIVE_INFINITY)) {
            throw new CheckpointException("an input range from " + min + " to " + max
                    + " is not possible; it must be finite and hold 0, as 'mask2former quantize' makes it");
        }
    }

    /** The range of both, for a tensor that is the input of two layers. */
    public InputRange union(InputRange other) {
        return new InputRange(Math.min(min, other.min), Math.max(max, other.max));
    }

    /** The distance of two steps. */
    public float scale() {
        return (max - min) / STEPS;
    }

    /** The step that stands for zero, 0 … 255. */
    public int zeroPoint() {
        return Math.round(-min / scale());
    }
}
