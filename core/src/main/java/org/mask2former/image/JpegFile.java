package org.mask2former.image;

import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.stream.IntStream;
import javax.imageio.event.IIOReadWarningListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JPEG file: its markers, and its pixels decoded as libjpeg does for Pillow. The decoder is given the coded picture
 * alone, without profiles, thumbnails and other application data, none of which has a say in the pixels, and gives raw
 * components, which are turned into RGB here: so one rule decides on the colours, whoever made the file.
 */
final class JpegFile {
    private static final Logger LOG = LoggerFactory.getLogger(JpegFile.class);

    private static final int SOI = 0xD8;
    private static final int EOI = 0xD9;
    private static final int SOS = 0xDA;
    private static final int APP0 = 0xE0;
    private static final int APP1 = 0xE1;
    private static final int APP14 = 0xEE;
    private static final int COM = 0xFE;

    private final String name;
    private final byte[] data;
    /** The coded picture alone, {@link #codedLength} bytes. */
    private final byte[] coded;

    private int codedLength;
    private int position = 2;
    private boolean jfif;
    private int adobeTransform = -1;
    private int orientation = Orientation.UPRIGHT;
    private byte[] componentIds = {};
    int width;
    int height;

    /** Reads the markers of the whole file. */
    JpegFile(byte[] data, String name) throws BadPicture {
        this.name = name;
        this.data = data;
        this.coded = new byte[data.length];
        keep(0, 2);
        for (int marker = nextMarker(); marker != EOI; marker = nextMarker()) {
            segment(marker);
        }
        coded[codedLength++] = (byte) 0xFF;
        coded[codedLength++] = (byte) EOI;
        if (componentIds.length == 0) {
            throw BadPicture.damaged("a JPEG without a picture");
        }
    }

    int orientation() {
        return orientation;
    }

    private int nextMarker() throws BadPicture {
        while (position < data.length && data[position] != (byte) 0xFF) {
            position++; // decoders skip what is between segments
        }
        while (position < data.length && data[position] == (byte) 0xFF) {
            position++;
        }
        if (position >= data.length) {
            throw BadPicture.truncated("a JPEG without its end");
        }
        return data[position++] & 0xFF;
    }

    private void segment(int marker) throws BadPicture {
        if (marker == 0 || marker == 1 || marker >= 0xD0 && marker <= SOI) {
            return; // stands alone
        }
        int start = position - 2;
        int length = position + 1 < data.length ? u16(position) : Integer.MAX_VALUE;
        if (length < 2 || length > data.length - position) {
            throw BadPicture.truncated("a JPEG inside its header");
        }
        int body = position + 2;
        position += length;
        switch (marker) {
            case APP0 -> jfif |= length >= 7 && ascii(body, "JFIF\0");
            case APP1 -> {
                if (length > 16 && ascii(body, "Exif\0\0") && orientation == Orientation.UPRIGHT) {
                    orientation = Orientation.of(data, body + 6, length - 8);
                }
            }
            case APP14 -> {
                if (length >= 14 && ascii(body, "Adobe")) {
                    adobeTransform = data[body + 11] & 0xFF;
                }
            }
            case SOS -> position = endOfScan(position);
            default -> {
                if (isFrame(marker)) {
                    frame(marker, body, length - 2);
                }
            }
        }
        if (marker < APP0 || marker > APP0 + 15 && marker != COM) {
            keep(start, position);
        }
    }

    /** SOF0 to SOF15, but for three markers in that range that are something else. */
    private static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    private void frame(int marker, int body, int length) throws BadPicture {
        if (length < 6 || length < 6 + 3 * (data[body + 5] & 0xFF)) {
            throw BadPicture.damaged("a JPEG with a broken frame header");
        }
        if (marker > 0xC2) {
            throw new BadPicture("it is a lossless or arithmetic-coded JPEG (SOF" + (marker - 0xC0)
                    + "), which few programs read; save it as an ordinary one");
        }
        if (data[body] != 8) {
            throw new BadPicture("it is a JPEG with " + data[body] + " bits; save it with 8");
        }
        height = u16(body + 1);
        width = u16(body + 3);
        componentIds = new byte[data[body + 5] & 0xFF];
        for (int i = 0; i < componentIds.length; i++) {
            componentIds[i] = data[body + 6 + 3 * i];
        }
    }

    /** Where the next marker after the coded data of a scan is. */
    private int endOfScan(int from) throws BadPicture {
        for (int i = from; i + 1 < data.length; i++) {
            if (data[i] == (byte) 0xFF) {
                int next = data[i + 1] & 0xFF;
                if (next != 0 && next != 0xFF && (next < 0xD0 || next > 0xD7)) {
                    return i;
                }
            }
        }
        throw BadPicture.truncated("a JPEG of " + width + "×" + height + " pixels without its end");
    }

    private void keep(int from, int to) {
        System.arraycopy(data, from, coded, codedLength, to - from);
        codedLength += to - from;
    }

    private int u16(int at) {
        return (data[at] & 0xFF) << 8 | data[at + 1] & 0xFF;
    }

    private boolean ascii(int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (data[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The pixels as stored, not yet upright. */
    byte[] decode() throws IOException {
        Raster raster = Codecs.open(PictureFormat.JPEG, coded, codedLength, reader -> {
            reader.addIIOReadWarningListener(warnings());
            return reader.readRaster(0, null);
        });
        int bands = componentIds.length;
        byte[] samples = interleaved(raster, bands);
        if (samples == null) {
            throw new BadPicture("it is a JPEG of a kind that is not read (" + bands + " components)");
        }
        return switch (bands) {
            case 1 -> grey(samples);
            case 3 -> isYcc() ? yccToRgb(samples, 3) : samples;
            case 4 -> cmyk(samples);
            default -> throw new BadPicture("it is a JPEG with " + bands + " components; save it as RGB");
        };
    }

    private IIOReadWarningListener warnings() {
        return (reader, warning) -> LOG.warn("{}: {}", name, warning);
    }

    private byte @Nullable [] interleaved(Raster raster, int bands) {
        return raster.getWidth() == width
                        && raster.getHeight() == height
                        && raster.getNumBands() == bands
                        && raster.getDataBuffer() instanceof DataBufferByte buffer
                        && raster.getSampleModel() instanceof PixelInterleavedSampleModel model
                        && model.getPixelStride() == bands
                        && model.getScanlineStride() == bands * width
                        && buffer.getSize() == bands * width * height
                ? buffer.getData()
                : null;
    }

    /** libjpeg's {@code default_decompress_parms}: what three components mean. */
    private boolean isYcc() {
        if (jfif) {
            return true;
        }
        if (adobeTransform >= 0) {
            return adobeTransform != 0;
        }
        return !(componentIds[0] == 'R' && componentIds[1] == 'G' && componentIds[2] == 'B');
    }

    private static byte[] grey(byte[] samples) {
        byte[] rgb = new byte[3 * samples.length];
        for (int i = 0; i < samples.length; i++) {
            rgb[3 * i] = samples[i];
            rgb[3 * i + 1] = samples[i];
            rgb[3 * i + 2] = samples[i];
        }
        return rgb;
    }

    /** libjpeg's {@code ycc_rgb_convert}, with its tables in 16-bit fixed point. In place; a fourth band stays. */
    private byte[] yccToRgb(byte[] samples, int bands) {
        IntStream.range(0, height).parallel().forEach(y -> {
            int end = (y + 1) * width * bands;
            for (int i = y * width * bands; i < end; i += bands) {
                int luma = samples[i] & 0xFF;
                int cb = (samples[i + 1] & 0xFF) - 128;
                int cr = (samples[i + 2] & 0xFF) - 128;
                samples[i] = clip(luma + (91881 * cr + 32768 >> 16));
                samples[i + 1] = clip(luma + (-22554 * cb - 46802 * cr + 32768 >> 16));
                samples[i + 2] = clip(luma + (116130 * cb + 32768 >> 16));
            }
        });
        return samples;
    }

    private static byte clip(int value) {
        return (byte) Math.max(0, Math.min(255, value));
    }

    /**
     * Inks to RGB. Programs store inks inverted, as Adobe's do, whether they say so or not; so does Pillow take them.
     * YCCK is then the YCC form of what the inks leave of white, not of the inverted inks.
     */
    private byte[] cmyk(byte[] samples) {
        boolean ycck = adobeTransform > 0;
        byte[] inks = ycck ? yccToRgb(samples, 4) : samples;
        byte[] rgb = new byte[inks.length / 4 * 3];
        for (int i = 0, to = 0; i < inks.length; i += 4) {
            int black = 255 - (inks[i + 3] & 0xFF);
            for (int c = 0; c < 3; c++) {
                int stored = inks[i + c] & 0xFF;
                rgb[to++] = Samples.ink(ycck ? stored : 255 - stored, black);
            }
        }
        return rgb;
    }
}
