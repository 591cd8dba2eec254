package org.mask2former.train;

/**
 * Which part of a picture is trained on and how it lies in the network's input: the picture is resized, a window is cut from
 * it, and that is turned and put into the top left corner.
 *
 * @param sourceWidth the picture's width in pixels
 * @param sourceHeight the picture's height in pixels
 * @param scaledWidth the resized picture's
 * @param scaledHeight the resized picture's
 * @param left where the window begins in the resized picture
 * @param top where the window begins in the resized picture
 * @param patchWidth the window's, inside the resized picture
 * @param patchHeight the window's, inside the resized picture
 * @param symmetry how the window is turned and mirrored
 */
record Placement(
        int sourceWidth,
        int sourceHeight,
        int scaledWidth,
        int scaledHeight,
        int left,
        int top,
        int patchWidth,
        int patchHeight,
        Symmetry symmetry) {
    Placement {
        boolean inside = left >= 0
                && top >= 0
                && patchWidth >= 1
                && patchHeight >= 1
                && left + patchWidth <= scaledWidth
                && top + patchHeight <= scaledHeight;
        if (!inside) {
            throw new IllegalArgumentException("a window of " + patchWidth + "×" + patchHeight + " at (" + left + ", "
                    + top + ") is not inside a picture of " + scaledWidth + "×" + scaledHeight);
        }
    }

    /** How its pixels lie in rows of {@code stride} pixels. */
    Symmetry.Steps steps(int stride) {
        return symmetry.steps(patchWidth, patchHeight, stride);
    }
}
