package org.mask2former.result;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferUShort;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Writes the class of every pixel as a PNG. Its values are the classes as the model numbers them, from 0; pixels without a
 * class, which panoptic results have, are {@link #VOID}, the customary "ignore". With up to 255 classes it has 8 bits and
 * the classes' colours as its palette, void black; with more it has 16 bits of grey and void is {@link #VOID_16}.
 * Stateless.
 */
public final class SemanticPng {
    public static final int VOID = 255;
    public static final int VOID_16 = 65535;

    private SemanticPng() {}

    /**
     * Writes the PNG and leaves the stream open.
     *
     * @throws org.mask2former.Mask2FormerException if the result is one of instances
     */
    public static void write(Segmentation result, OutputStream out) throws IOException {
        ResultFormat.SEMANTIC.requireFits(result.task());
        boolean wide = result.labels().size() > VOID;
        short[] classes = classes(result, wide ? VOID_16 : VOID);
        BufferedImage image = wide ? wide(result, classes) : indexed(result, classes);
        try (ImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            if (!ImageIO.write(image, "png", stream)) {
                throw new IOException("this Java has no encoder for PNG");
            }
        }
    }

    private static short[] classes(Segmentation result, int nothing) {
        if (result instanceof SemanticSegmentation semantic) {
            return semantic.classMap();
        }
        int[] ids = ((PanopticSegmentation) result).idMap();
        Map<Integer, Integer> classOf = new HashMap<>();
        result.segments().forEach(segment -> classOf.put(segment.id(), segment.labelId()));
        short[] classes = new short[ids.length];
        int last = PanopticSegmentation.VOID;
        short value = (short) nothing;
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] != last) {
                last = ids[i];
                value = (short) (int) classOf.getOrDefault(last, nothing);
            }
            classes[i] = value;
        }
        return classes;
    }

    private static BufferedImage indexed(Segmentation result, short[] classes) {
        byte[] red = new byte[256];
        byte[] green = new byte[256];
        byte[] blue = new byte[256];
        for (Label label : result.labels().list()) {
            red[label.id()] = (byte) (label.rgb() >> 16);
            green[label.id()] = (byte) (label.rgb() >> 8);
            blue[label.id()] = (byte) label.rgb();
        }
        BufferedImage image = new BufferedImage(
                result.picture().width(),
                result.picture().height(),
                BufferedImage.TYPE_BYTE_INDEXED,
                new IndexColorModel(8, 256, red, green, blue));
        byte[] pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) classes[i];
        }
        return image;
    }

    private static BufferedImage wide(Segmentation result, short[] classes) {
        BufferedImage image =
                new BufferedImage(result.picture().width(), result.picture().height(), BufferedImage.TYPE_USHORT_GRAY);
        short[] pixels = ((DataBufferUShort) image.getRaster().getDataBuffer()).getData();
        System.arraycopy(classes, 0, pixels, 0, pixels.length);
        return image;
    }
}
