package org.mask2former.video;

/**
 * What a film to be written is like.
 *
 * @param width of every frame, in pixels
 * @param height of every frame, in pixels
 * @param fps frames a second, on average: how many bits are spent depends on it; frames have times of their own
 * @param pixelAspect how wide a pixel is, as a multiple of its height
 */
public record FilmFormat(int width, int height, double fps, double pixelAspect) {
    public FilmFormat {
        if (width < 1 || height < 1 || !(fps > 0) || !(pixelAspect > 0)) {
            throw new IllegalArgumentException("not a possible film: " + width + "×" + height + " at " + fps
                    + " frames a second, pixels " + pixelAspect + " wide");
        }
    }

    /** That of a source's frames. */
    public static FilmFormat of(FrameSource source) {
        return new FilmFormat(source.width(), source.height(), source.fps(), source.pixelAspect());
    }
}
