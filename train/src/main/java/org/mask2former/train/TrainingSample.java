package org.mask2former.train;

import org.mask2former.Mask2FormerException;

/**
 * A picture as it is trained on, and what is to be found in it.
 *
 * @param id as the data set names the picture
 * @param pixels {@code [3, H, W]}, red, green, blue, normalised as the model wants them. Not a copy: read only
 * @param target the segments, with masks of the same height and width
 */
public record TrainingSample(String id, float[] pixels, Target target) {
    public TrainingSample {
        if (pixels.length != 3L * target.height() * target.width()) {
            throw new Mask2FormerException("picture " + id + " has " + pixels.length + " values, but masks of "
                    + target.width() + "×" + target.height() + " need 3 for each pixel");
        }
    }

    /** H, in pixels. */
    public int height() {
        return target.height();
    }

    /** W, in pixels. */
    public int width() {
        return target.width();
    }
}
