package org.mask2former.image;

/**
 * What a picture may claim before it is refused. Both are checked before any pixel is decoded, so that a small file
 * which declares a huge picture (a decompression bomb) costs nothing.
 *
 * @param maxPixels width × height, at most {@value #MOST_PIXELS}
 * @param maxBytes length of the file
 */
public record ReadLimits(long maxPixels, long maxBytes) {
    /** More pixels than this do not fit in one Java array of RGB bytes. */
    public static final long MOST_PIXELS = (Integer.MAX_VALUE - 8) / 3;

    /** 300 million pixels in at most 1 GiB. */
    public static final ReadLimits DEFAULT = new ReadLimits(300_000_000, 1L << 30);

    public ReadLimits {
        if (maxPixels < 1 || maxPixels > MOST_PIXELS) {
            throw new IllegalArgumentException("maxPixels must be from 1 to " + MOST_PIXELS + ", but is " + maxPixels);
        }
        if (maxBytes < 1 || maxBytes > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "maxBytes must be from 1 to " + (Integer.MAX_VALUE - 8) + ", but is " + maxBytes);
        }
    }
}
