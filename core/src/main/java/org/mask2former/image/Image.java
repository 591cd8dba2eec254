package org.mask2former.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * A picture: 8-bit RGB, upright (EXIF orientation applied). Immutable and safe to share between threads.
 *
 * <p>JPEG (baseline and progressive; grey, RGB, CMYK), PNG, WebP, TIFF, BMP and GIF are read, whatever the file's name.
 * Samples become RGB as in Python's Pillow and its {@code convert("RGB")}: colour profiles are not applied; grey is copied
 * to three channels; of 16 bits the upper 8 are taken; alpha is dropped, not blended; of an animation or of several pages
 * the first is taken. PNG, BMP and GIF give exactly the same bytes as Pillow, JPEG too where Java has the same libjpeg.
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

    /**
     * Reads a picture file.
     *
     * @throws ImageException if it cannot be read: there is no such file, it is no picture, of an unknown format, cut
     *     off, damaged, or larger than {@link ReadLimits#DEFAULT}
     */
    public static Image read(Path file) {
        return PictureReader.read(file, ReadLimits.DEFAULT);
    }

    /** As {@link #read(Path)}, with other limits. */
    public static Image read(Path file, ReadLimits limits) {
        return PictureReader.read(file, limits);
    }

    /**
     * How large the picture in a file is, upright, by its head alone: that the rest can be read is not said.
     *
     * @throws ImageException if there is no such file, or it is no picture of a known format
     */
    public static PictureSize size(Path file) {
        return PictureReader.size(file, ReadLimits.DEFAULT);
    }

    /**
     * Reads a picture from the content of a file.
     *
     * @param name what messages call the picture
     * @throws ImageException as {@link #read(Path)}
     */
    public static Image read(byte[] data, String name) {
        return PictureReader.read(data, name, ReadLimits.DEFAULT);
    }

    /** As {@link #read(byte[], String)}, with other limits. */
    public static Image read(byte[] data, String name, ReadLimits limits) {
        return PictureReader.read(data, name, limits);
    }

    /**
     * Reads a picture from a stream, to its end; does not close it.
     *
     * @param name what messages call the picture
     * @throws ImageException as {@link #read(Path)}
     */
    public static Image read(InputStream in, String name) {
        return PictureReader.read(in, name, ReadLimits.DEFAULT);
    }

    /** As {@link #read(InputStream, String)}, with other limits. */
    public static Image read(InputStream in, String name, ReadLimits limits) {
        return PictureReader.read(in, name, limits);
    }

    /**
     * A copy of an image of Java's, of any type, by the same rules as files: samples as they are, alpha dropped.
     *
     * @throws ImageException if its samples are floating-point numbers
     */
    public static Image of(BufferedImage image) {
        try {
            byte[] rgb = Samples.rgb(image);
            boolean shared = image.getRaster().getDataBuffer() instanceof DataBufferByte b && b.getData() == rgb;
            return new Image(image.getWidth(), image.getHeight(), shared ? rgb.clone() : rgb);
        } catch (IOException e) {
            throw new ImageException(
                    "cannot take over a picture of " + image.getWidth() + "×" + image.getHeight() + " pixels: "
                            + e.getMessage(),
                    e);
        }
    }

    /** A copy for Java's own drawing, of type {@link BufferedImage#TYPE_3BYTE_BGR}. */
    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        byte[] bgr = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < bgr.length; i += 3) {
            bgr[i] = rgb[i + 2];
            bgr[i + 1] = rgb[i + 1];
            bgr[i + 2] = rgb[i];
        }
        return image;
    }

    /**
     * Writes the picture, whole or not at all; an existing file is replaced, a missing folder made.
     *
     * @param file its name ends in {@code .png}, or in {@code .jpg} or {@code .jpeg}, which is written with quality 95 of
     *     100
     * @throws ImageException if the name ends otherwise or the file cannot be written
     */
    public void write(Path file) {
        PictureWriter.write(this, file);
    }

    /** The content of a PNG file of this picture. */
    public byte[] toPng() {
        return PictureWriter.png(this);
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
