package org.mask2former.image;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * EXIF orientation, as in the table of the EXIF standard (tag 0x0112): how the stored rows and columns must be turned
 * and mirrored for a person to see the picture upright. One tag is too little for a library of metadata, which would
 * take longer to load than the picture.
 */
final class Orientation {
    /** Stored upright. */
    static final int UPRIGHT = 1;

    private static final int TAG = 0x0112;
    private static final int SHORT = 3;

    private Orientation() {}

    /**
     * The orientation in a TIFF structure, which is what an EXIF block holds: 1 to 8, and {@link #UPRIGHT} where it says
     * nothing, or nonsense, as any viewer takes it.
     */
    static int of(byte[] data, int offset, int length) {
        try {
            ByteBuffer tiff = ByteBuffer.wrap(data, offset, length).slice();
            tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            int directory = tiff.getInt(4);
            int entries = tiff.getShort(directory) & 0xFFFF;
            for (int i = 0; i < entries; i++) {
                int entry = directory + 2 + 12 * i;
                if ((tiff.getShort(entry) & 0xFFFF) == TAG && tiff.getShort(entry + 2) == SHORT) {
                    int value = tiff.getShort(entry + 8) & 0xFFFF;
                    return value >= 1 && value <= 8 ? value : UPRIGHT;
                }
            }
            return UPRIGHT;
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            return UPRIGHT; // a damaged EXIF block says nothing about the pixels
        }
    }

    /** How large a picture is when it stands upright. */
    static PictureSize upright(int width, int height, int orientation) {
        return isTurned(orientation) ? new PictureSize(height, width) : new PictureSize(width, height);
    }

    private static boolean isTurned(int orientation) {
        return orientation >= 5;
    }

    /** Turns a picture whose pixels are stored in {@code orientation} upright. */
    static Image upright(Image image, int orientation) {
        if (orientation == UPRIGHT) {
            return image;
        }
        int w = image.width();
        int h = image.height();
        boolean turned = isTurned(orientation);
        int width = turned ? h : w;
        int height = turned ? w : h;
        byte[] from = image.rgb();
        byte[] to = new byte[from.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int source = 3
                        * switch (orientation) {
                            case 2 -> y * w + (w - 1 - x);
                            case 3 -> (h - 1 - y) * w + (w - 1 - x);
                            case 4 -> (h - 1 - y) * w + x;
                            case 5 -> x * w + y;
                            case 6 -> (h - 1 - x) * w + y;
                            case 7 -> (h - 1 - x) * w + (w - 1 - y);
                            default -> x * w + (w - 1 - y); // 8
                        };
                int target = 3 * (y * width + x);
                to[target] = from[source];
                to[target + 1] = from[source + 1];
                to[target + 2] = from[source + 2];
            }
        }
        return Image.ofRgb(width, height, to);
    }
}
