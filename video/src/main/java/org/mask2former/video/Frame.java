package org.mask2former.video;

import org.mask2former.image.Image;

/**
 * A frame of a film.
 *
 * @param index its number in its source, from 0
 * @param seconds its time since the beginning of its source
 */
public record Frame(Image image, long index, double seconds) {}
