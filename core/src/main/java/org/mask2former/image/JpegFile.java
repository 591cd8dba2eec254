package org.mask2former.image;

import java.awt.image.Raster;
import java.io.IOException;
import javax.imageio.ImageReadParam;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JPEG file: its markers, and its pixels decoded as libjpeg does for Pillow. The decoder is given the coded picture
 * alone, without profiles, thumbnails and other application data, none of which has a say in the pixels, but for one
 * marker that says what the components mean: so one rule decides on the colours, whoever made the file.
 */
final class JpegFile implements PictureFile {
    private static final Logger LOG = LoggerFactory.getLogger(JpegFile.class);

    private static final int SOI = 0xD8;
    private static final int EOI = 0xD9;
    private static final int SOS = 0xDA;
    private static final int APP0 = 0xE0;
    private static final int APP1 = 0xE1;
    private static final int APP14 = 0xEE;
    private static final int COM = 0xFE;

    private static final byte[] SAYS_YCC = {
        (byte) 0xFF, (byte) SOI, (byte) 0xFF, (byte) APP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };
    private static final byte[] SAYS_RGB = {
        (byte) 0xFF, (byte) SOI, (byte) 0xFF, (byte) APP14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
    };

    private final String name;
    private final byte[] data;
    /** Room for the start of a file, and then the segments that matter, up to {@link #codedEnd}. */
    private final byte[] coded;

    private int codedEnd = SAYS_YCC.length;
    private int position = 2;
    private boolean jfif;
    private int adobeTransform = -1;
    private int orientation = Orientation.UPRIGHT;
    private byte[] componentIds = {};
    private int width;
    private int height;

    /** Reads the markers of the whole file. */
    JpegFile(byte[] data, String name) throws BadPicture {
        this.name = name;
        this.data = data;
        this.coded = new byte[SAYS_YCC.length + data.length];
        for (int marker = nextMarker(); marker != EOI; marker = nextMarker()) {
            segment(marker);
        }
        coded[codedEnd++] = (byte) 0xFF;
        coded[codedEnd++] = (byte) EOI;
        if (componentIds.length == 0) {
            throw BadPicture.damaged("a JPEG without a picture");
        }
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int height() {
        return height;
    }

    @Override
    public int orientation() {
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
            throw new BadPicture("it is a JPEG with " + (data[body] & 0xFF) + " bits; save it with 8");
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
        System.arraycopy(data, from, coded, codedEnd, to - from);
        codedEnd += to - from;
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

    @Override
    public byte[] decode() throws IOException {
        return switch (componentIds.length) {
            case 1, 3 -> rgb();
            case 4 -> cmyk();
            default -> throw new BadPicture("it is a JPEG with " + componentIds.length + " components; save it as RGB");
        };
    }

    /** libjpeg turns grey and YCC into RGB by itself. */
    private byte[] rgb() throws IOException {
        byte[] rgb = new byte[3 * width * height];
        return open(isYcc() ? SAYS_YCC : SAYS_RGB, reader -> {
            ImageReadParam param = reader.getDefaultReadParam();
            param.setDestination(Samples.image(rgb, width, height));
            reader.read(0, param);
            return rgb;
        });
    }

    private <T> T open(byte[] start, Codecs.Use<T> use) throws IOException {
        int from = SAYS_YCC.length - start.length;
        System.arraycopy(start, 0, coded, from, start.length);
        return Codecs.open(PictureFormat.JPEG, coded, from, codedEnd - from, reader -> {
            reader.addIIOReadWarningListener(
                    (r, warning) -> LOG.warn("picture {} is damaged and may be wrong in parts: {}", name, warning));
            return use.with(reader);
        });
    }

    /** libjpeg's {@code default_decompress_parms}: what three components mean. */
    private boolean isYcc() {
        if (jfif || adobeTransform >= 0) {
            return jfif || adobeTransform != 0;
        }
        return componentIds.length < 3 || !(componentIds[0] == 'R' && componentIds[1] == 'G' && componentIds[2] == 'B');
    }

    /**
     * Four components as RGB. Programs store inks inverted, as Adobe's do, whether they say so or not; so does Pillow take
     * them.
     */
    private byte[] cmyk() throws IOException {
        Raster raster = open(SAYS_RGB, reader -> reader.readRaster(0, null));
        boolean ycck = adobeTransform > 0;
        byte[] rgb = new byte[3 * width * height];
        int[] row = new int[4 * width];
        for (int y = 0, to = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < row.length; x += 4) {
                if (ycck) {
                    yccToInks(row, x);
                }
                int black = 255 - row[x + 3];
                rgb[to++] = Samples.ink(255 - row[x], black);
                rgb[to++] = Samples.ink(255 - row[x + 1], black);
                rgb[to++] = Samples.ink(255 - row[x + 2], black);
            }
        }
        return rgb;
    }

    /** libjpeg's {@code ycck_cmyk_convert}, with its tables in 16-bit fixed point. */
    private static void yccToInks(int[] row, int x) {
        int luma = row[x];
        int cb = row[x + 1] - 128;
        int cr = row[x + 2] - 128;
        row[x] = 255 - clip(luma + (91881 * cr + 32768 >> 16));
        row[x + 1] = 255 - clip(luma + (-22554 * cb - 46802 * cr + 32768 >> 16));
        row[x + 2] = 255 - clip(luma + (116130 * cb + 32768 >> 16));
    }

    private static int clip(int value) {
        return Math.max(0, Math.min(255, value));
    }
}
