package org.mask2former.result;

import org.mask2former.image.Geometry;

/**
 * What the network says of one picture: for each of Q queries a class and a mask.
 *
 * @param queries Q
 * @param classes C, the classes; "no object" is not counted
 * @param classLogits {@code [Q, C + 1]}, row-major; the last column is "no object"
 * @param maskHeight h, rows of the masks, a quarter of the input's
 * @param maskWidth w, columns of the masks
 * @param maskLogits {@code [Q, h, w]}, row-major; inside a mask where positive
 * @param geometry where the picture lies in the network's input
 */
public record Prediction(
        int queries,
        int classes,
        float[] classLogits,
        int maskHeight,
        int maskWidth,
        float[] maskLogits,
        Geometry geometry) {
    public Prediction {
        if (classLogits.length != (long) queries * (classes + 1)
                || maskLogits.length != (long) queries * maskHeight * maskWidth) {
            throw new IllegalArgumentException("a prediction of " + queries + " queries and " + classes
                    + " classes with masks of " + maskWidth + "×" + maskHeight + " does not fit "
                    + classLogits.length + " class logits and " + maskLogits.length + " mask logits");
        }
    }
}
