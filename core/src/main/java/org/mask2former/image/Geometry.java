package org.mask2former.image;

/**
 * How a picture lies in the network's input: the picture of {@code imageHeight × imageWidth} was resized to
 * {@code validHeight × validWidth}, which is the top left part of an input of {@code inputHeight × inputWidth}; the rest
 * is padding. All in pixels.
 */
public record Geometry(
        int imageHeight, int imageWidth, int validHeight, int validWidth, int inputHeight, int inputWidth) {
    public Geometry {
        if (imageHeight < 1
                || imageWidth < 1
                || validHeight < 1
                || validWidth < 1
                || inputHeight < validHeight
                || inputWidth < validWidth) {
            throw new IllegalArgumentException("not a possible geometry: picture " + imageWidth + "×" + imageHeight
                    + ", resized to " + validWidth + "×" + validHeight + ", in an input of " + inputWidth + "×"
                    + inputHeight);
        }
    }
}
