package org.mask2former.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;

/**
 * Turns what a decoder gives into RGB bytes as Pillow's {@code convert("RGB")} does: samples are taken as they are, with
 * no colour profile applied; 16 bits become 8 by dropping the lower 8; grey is copied to three channels; alpha is dropped.
 */
final class Samples {
    private Samples() {}

    /** An image over RGB bytes, which are not copied. */
    static BufferedImage image(byte[] rgb, int width, int height) {
        WritableRaster raster = Raster.createInterleavedRaster(
                new DataBufferByte(rgb, rgb.length), width, height, 3 * width, 3, new int[] {0, 1, 2}, null);
        ColorModel model = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, ColorModel.OPAQUE, DataBuffer.TYPE_BYTE);
        return new BufferedImage(model, raster, false, null);
    }

    static byte[] rgb(BufferedImage image) throws IOException {
        ColorModel model = image.getColorModel();
        Raster raster = image.getRaster();
        if (model instanceof IndexColorModel palette) {
            return indexed(raster, palette);
        }
        int type = model.getTransferType();
        if (!(model instanceof ComponentColorModel)
                || model.isAlphaPremultiplied()
                || (type != DataBuffer.TYPE_BYTE && type != DataBuffer.TYPE_USHORT)) {
            return byColorModel(image);
        }
        int shift = model.getComponentSize(0) - 8;
        return switch (model.getColorSpace().getType()) {
            case ColorSpace.TYPE_RGB -> plain(raster) ? bytes(raster) : bands(raster, shift, 0, 1, 2);
            case ColorSpace.TYPE_GRAY -> bands(raster, shift, 0, 0, 0);
            case ColorSpace.TYPE_CMYK -> cmyk(bands(raster, shift, 0, 1, 2), bands(raster, shift, 3, 3, 3));
            default -> byColorModel(image);
        };
    }

    /** Whether the raster's bytes are {@code [height, width, 3]} RGB already. */
    private static boolean plain(Raster raster) {
        return raster.getSampleModel() instanceof PixelInterleavedSampleModel s
                && raster.getDataBuffer() instanceof DataBufferByte buffer
                && s.getPixelStride() == 3
                && s.getScanlineStride() == 3 * raster.getWidth()
                && s.getBandOffsets()[0] == 0
                && s.getBandOffsets()[1] == 1
                && s.getBandOffsets()[2] == 2
                && buffer.getNumBanks() == 1
                && buffer.getOffset() == 0
                && buffer.getSize() == 3 * raster.getWidth() * raster.getHeight();
    }

    private static byte[] bytes(Raster raster) {
        return ((DataBufferByte) raster.getDataBuffer()).getData();
    }

    /** Three bands of a raster, which may be the same one, each shifted down to 8 bits. */
    private static byte[] bands(Raster raster, int shift, int red, int green, int blue) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        int[] bands = {red, green, blue};
        byte[] rgb = new byte[3 * width * height];
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            for (int c = 0; c < 3; c++) {
                if (c == 0 || bands[c] != bands[c - 1]) {
                    raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, bands[c], row);
                }
                int at = 3 * width * y + c;
                for (int x = 0; x < width; x++, at += 3) {
                    rgb[at] = (byte) (shift >= 0 ? row[x] >> shift : row[x] << -shift);
                }
            }
        }
        return rgb;
    }

    private static byte[] indexed(Raster raster, IndexColorModel palette) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        int[] colours = new int[palette.getMapSize()];
        palette.getRGBs(colours);
        byte[] rgb = new byte[3 * width * height];
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
            for (int x = 0; x < width; x++) {
                int colour = row[x] < colours.length ? colours[row[x]] : 0;
                put(rgb, 3 * (y * width + x), colour);
            }
        }
        return rgb;
    }

    /** Whatever else there is: the colours as Java understands them. */
    private static byte[] byColorModel(BufferedImage image) throws IOException {
        int type = image.getColorModel().getTransferType();
        if (type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE) {
            throw new BadPicture("its samples are floating-point numbers, whose range is unknown; save it with 8 bits");
        }
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[3 * width * height];
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int x = 0; x < width; x++) {
                put(rgb, 3 * (y * width + x), row[x]);
            }
        }
        return rgb;
    }

    private static void put(byte[] rgb, int at, int colour) {
        rgb[at] = (byte) (colour >> 16);
        rgb[at + 1] = (byte) (colour >> 8);
        rgb[at + 2] = (byte) colour;
    }

    private static byte[] cmyk(byte[] cmy, byte[] kkk) {
        for (int i = 0; i < cmy.length; i++) {
            cmy[i] = ink(cmy[i] & 0xFF, kkk[i] & 0xFF);
        }
        return cmy;
    }

    /** What is left of white under {@code ink} and black, both 0 (none) to 255, as in Pillow's {@code Convert.c}. */
    static byte ink(int ink, int black) {
        int white = 255 - black;
        int product = ink * white + 128;
        return (byte) Math.max(0, white - ((product >> 8) + product >> 8));
    }
}
