package org.mask2former.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;

/** Writes the tiny pictures and label maps of which tests make data sets. Rows are given as lists of values. */
final class Drawn {
    private Drawn() {}

    static Path grey(Path file, int[]... rows) {
        return write(file, fill(new BufferedImage(rows[0].length, rows.length, BufferedImage.TYPE_BYTE_GRAY), rows));
    }

    static Path grey16(Path file, int[]... rows) {
        return write(file, fill(new BufferedImage(rows[0].length, rows.length, BufferedImage.TYPE_USHORT_GRAY), rows));
    }

    /** Indices of a palette, whose colours are those of VOC. */
    static Path indexed(Path file, int[]... rows) {
        byte[][] rgb = new byte[3][256];
        for (int i = 0; i < 256; i++) {
            rgb[0][i] = (byte) (VocColors.rgb(i) >> 16);
            rgb[1][i] = (byte) (VocColors.rgb(i) >> 8);
            rgb[2][i] = (byte) VocColors.rgb(i);
        }
        IndexColorModel colors = new IndexColorModel(8, 256, rgb[0], rgb[1], rgb[2]);
        return write(
                file,
                fill(new BufferedImage(rows[0].length, rows.length, BufferedImage.TYPE_BYTE_INDEXED, colors), rows));
    }

    /** Colours 0xRRGGBB. */
    static Path rgb(Path file, int[]... rows) {
        BufferedImage image = new BufferedImage(rows[0].length, rows.length, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < rows.length; y++) {
            for (int x = 0; x < rows[y].length; x++) {
                image.setRGB(x, y, rows[y][x]);
            }
        }
        return write(file, image);
    }

    /** COCO's panoptic ids: red + 256 green + 65536 blue. */
    static Path ids(Path file, int[]... rows) {
        int[][] colors = new int[rows.length][];
        for (int y = 0; y < rows.length; y++) {
            colors[y] = Arrays.stream(rows[y]).map(LabelPng::rgb).toArray();
        }
        return rgb(file, colors);
    }

    /** A picture of that size. */
    static Path picture(Path file, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, 0x80a0c0 + i % 32);
        }
        return write(file, image);
    }

    static Path text(Path file, String content) {
        try {
            Files.createDirectories(file.getParent());
            return Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int[] row(int... values) {
        return values;
    }

    private static BufferedImage fill(BufferedImage image, int[][] rows) {
        WritableRaster raster = image.getRaster();
        for (int y = 0; y < rows.length; y++) {
            for (int x = 0; x < rows[y].length; x++) {
                raster.setSample(x, y, 0, rows[y][x]);
            }
        }
        return image;
    }

    private static Path write(Path file, BufferedImage image) {
        try {
            Files.createDirectories(file.getParent());
            String name = file.getFileName().toString();
            String format = name.substring(name.lastIndexOf('.') + 1);
            if (!ImageIO.write(image, format, file.toFile())) {
                throw new IllegalStateException("no writer for " + file);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
