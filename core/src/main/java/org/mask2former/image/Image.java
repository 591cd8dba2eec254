package org.mask2former.image;

/**
 * A picture: 8-bit RGB, upright (EXIF orientation applied). Immutable and safe to share between threads.
 */
public final class Image {
    private final int width;
    private final int height;
    private final byte[] rgb;

    private Image(int width, int height, byte[] rgb) {
        this.width = width;
        this.height = height;
        this.rgb = rgb;
    }

    /**
     * A picture over the given bytes, which are not copied and must not change afterwards.
     *
     * @param rgb {@code [height, width, 3]}, row-major
     */
    public static Image ofRgb(int width, int height, byte[] rgb) {
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException(
                    "a picture of " + width + "×" + height + " does not have " + rgb.length + " RGB bytes");
        }
        return new Image(width, height, rgb);
    }

    /** In pixels. */
    public int width() {
        return width;
    }

    /** In pixels. */
    public int height() {
        return height;
    }

    /** The bytes {@code [height, width, 3]}, row-major. Not a copy: read only. */
    public byte[] rgb() {
        return rgb;
    }
}
