package org.mask2former.video;

import org.mask2former.image.Image;

/** Takes the pictures of a film as they are to be seen: a file, a window. For one thread at a time, not always the same. */
public interface PictureSink {
    /**
     * The next picture.
     *
     * @param seconds since the film's first picture
     */
    void write(Image picture, double seconds);

    /**
     * There will be no more: what was begun is completed. Called once.
     *
     * @param complete whether the film came to its end, rather than being stopped
     */
    void finish(boolean complete);
}
