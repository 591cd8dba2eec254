package org.mask2former.image;

import java.io.IOException;

/**
 * The content of a picture file whose structure was looked at but of which no pixel is decoded yet, so that its size can
 * be told, or refused, at no cost.
 */
interface PictureFile {
    /** As stored, not yet upright; in pixels. Not negative but perhaps 0. */
    int width();

    /** As stored, not yet upright; in pixels. Not negative but perhaps 0. */
    int height();

    /** EXIF orientation, 1 to 8. */
    int orientation();

    /** The pixels as stored, not yet upright: {@code [height, width, 3]}. */
    byte[] decode() throws IOException;

    /**
     * @param name for warnings
     * @throws IOException if it is no picture, is cut off or damaged
     */
    static PictureFile open(byte[] data, String name) throws IOException {
        PictureFormat format = PictureFormat.of(data);
        return switch (format) {
            case JPEG -> new JpegFile(data, name);
            case PNG -> new PngFile(data);
            case GIF -> new GifFile(data);
            case BMP, TIFF, WEBP -> new OtherFile(format, data);
        };
    }
}
