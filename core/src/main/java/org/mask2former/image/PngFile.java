package org.mask2former.image;

import java.awt.image.BufferedImage;
import java.io.IOException;

/**
 * A PNG file: its chunks, and its pixels. The decoder is given header, palette and pixels alone: texts, profiles and
 * animation frames have no say in the pixels, but may unpack to more than there is memory.
 */
final class PngFile implements PictureFile {
    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504C5445;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454E44;
    private static final int EXIF = 0x65584966;
    private static final int SIGNATURE = 8;
    /** Length, type and checksum. */
    private static final int FRAME = 12;

    /** Deflate makes 258 bytes out of 2 bits at best. */
    private static final int LARGEST_EXPANSION = 1032;
    /** By colour type; 0 for those that do not exist. */
    private static final int[] CHANNELS = {1, 0, 3, 1, 2, 0, 4, 0};

    private final byte[] data;
    /** The chunks that matter, {@link #codedLength} bytes. */
    private final byte[] coded;

    private int codedLength;
    private int orientation = Orientation.UPRIGHT;
    /** Bytes of compressed pixels. */
    private long compressed;

    private int bitsPerPixel;
    private int width;
    private int height;

    /** Reads the chunks of the whole file. */
    PngFile(byte[] data) throws BadPicture {
        this.data = data;
        this.coded = new byte[data.length + FRAME];
        keep(0, SIGNATURE);
        int position = SIGNATURE;
        int type = 0;
        while (type != IEND && position < data.length) {
            int length = data.length - position < FRAME ? Integer.MAX_VALUE : i32(position);
            if (length < 0 || length > data.length - position - FRAME) {
                boolean inPixels = position + 8 <= data.length && i32(position + 4) == IDAT;
                if (compressed > 0 && !inPixels) {
                    break; // what is cut off is not part of the picture
                }
                throw BadPicture.truncated(
                        inPixels ? "a PNG of " + width + "×" + height + " pixels inside its pixels" : "a PNG header");
            }
            type = i32(position + 4);
            if (position == SIGNATURE && (type != IHDR || length != 13)) {
                throw BadPicture.damaged("a PNG without a header");
            }
            chunk(type, position, length);
            position += FRAME + length;
        }
        if (compressed == 0) {
            throw BadPicture.truncated("a PNG without pixels");
        }
        end();
    }

    private void chunk(int type, int position, int length) throws BadPicture {
        switch (type) {
            case IHDR -> {
                width = i32(position + 8);
                height = i32(position + 12);
                if (width < 1 || height < 1) {
                    throw BadPicture.damaged("a PNG of " + width + "×" + height + " pixels");
                }
                bitsPerPixel = data[position + 16] * CHANNELS[data[position + 17] & 7];
                keep(position, FRAME + length);
            }
            case PLTE -> keep(position, FRAME + length);
            case IDAT -> {
                keep(position, FRAME + length);
                compressed += length;
            }
            case EXIF -> orientation = Orientation.of(data, position + 8, length);
            default -> {}
        }
    }

    private void end() {
        int[] bytes = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
        for (int b : bytes) {
            coded[codedLength++] = (byte) b;
        }
    }

    private void keep(int from, int length) {
        System.arraycopy(data, from, coded, codedLength, length);
        codedLength += length;
    }

    private int i32(int at) {
        return (data[at] & 0xFF) << 24 | (data[at + 1] & 0xFF) << 16 | (data[at + 2] & 0xFF) << 8 | data[at + 3] & 0xFF;
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

    @Override
    public byte[] decode() throws IOException {
        if ((long) width * height / 8 * bitsPerPixel > compressed * LARGEST_EXPANSION) {
            throw BadPicture.damaged(
                    "a PNG that declares " + width + "×" + height + " pixels but has not enough data for them");
        }
        BufferedImage image = Codecs.open(PictureFormat.PNG, coded, 0, codedLength, reader -> reader.read(0));
        return Samples.rgb(image);
    }
}
