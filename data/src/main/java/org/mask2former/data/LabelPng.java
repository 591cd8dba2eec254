package org.mask2former.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.PictureSize;
import org.mask2former.image.ReadLimits;

/**
 * A PNG whose pixels are numbers: grey of 1 to 16 bits, the indices of a palette, or in colour red + 256 green + 65536 blue,
 * as COCO's panoptic maps are.
 *
 * @param values {@code [height, width]}, row-major
 * @param palette the colours 0xRRGGBB that the values index, empty if there is no palette
 * @param color whether the values are colours rather than grey values or indices
 */
record LabelPng(int width, int height, int[] values, int[] palette, boolean color) {
    /**
     * Reads a file.
     *
     * @throws Mask2FormerException if it is missing, broken, or not a PNG; the message names it
     */
    static LabelPng read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new Mask2FormerException("there is no file " + file);
        }
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
            try {
                if (!reader.getOriginatingProvider().canDecodeInput(in)) {
                    throw new Mask2FormerException(file + " is not a PNG, which label maps must be");
                }
                reader.setInput(in, true, true);
                if ((long) reader.getWidth(0) * reader.getHeight(0) > ReadLimits.DEFAULT.maxPixels()) {
                    throw new Mask2FormerException(file + " declares " + reader.getWidth(0) + "×" + reader.getHeight(0)
                            + " pixels, more than the limit of " + ReadLimits.DEFAULT.maxPixels());
                }
                return of(file, reader.read(0));
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) {
            if (e instanceof Mask2FormerException known) {
                throw known;
            }
            throw new Mask2FormerException("cannot read the label map " + file + ": " + e.getMessage(), e);
        }
    }

    private static LabelPng of(Path file, BufferedImage image) {
        Raster raster = image.getRaster();
        int width = raster.getWidth();
        int height = raster.getHeight();
        int[] values;
        boolean color = raster.getNumBands() >= 3;
        if (!color) {
            values = raster.getSamples(0, 0, width, height, 0, (int[]) null);
        } else {
            if (raster.getSampleModel().getSampleSize(0) > Byte.SIZE) {
                throw new Mask2FormerException(file + " has colours of 16 bits; ids in colours need 8 bits each");
            }
            values = new int[width * height];
            int bands = raster.getNumBands();
            int[] row = new int[width * bands];
            for (int y = 0; y < height; y++) {
                raster.getPixels(0, y, width, 1, row);
                for (int x = 0, at = 0; x < width; x++, at += bands) {
                    values[y * width + x] = row[at] | row[at + 1] << 8 | row[at + 2] << 16;
                }
            }
        }
        int[] palette = {};
        if (image.getColorModel() instanceof IndexColorModel colors) {
            palette = new int[colors.getMapSize()];
            colors.getRGBs(palette);
            for (int i = 0; i < palette.length; i++) {
                palette[i] &= 0xffffff;
            }
        }
        return new LabelPng(width, height, values, palette, color);
    }

    /** The value of a colour pixel as 0xRRGGBB. */
    static int rgb(int value) {
        return (value & 255) << 16 | value & 0xff00 | value >> 16 & 255;
    }

    PictureSize size() {
        return new PictureSize(width, height);
    }

    /** Where a value is first, for messages. */
    String place(int index) {
        return "at (" + index % width + ", " + index / width + ")";
    }
}
