package org.mask2former.image;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

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
        boolean turned = orientation >= 5;
        return turned ? new PictureSize(height, width) : new PictureSize(width, height);
    }

    /** Turns a picture whose pixels are stored in {@code orientation} upright. */
    static Image upright(Image image, int orientation) {
        if (orientation == UPRIGHT) {
            return image;
        }
        int w = image.width();
        int last = w * image.height() - 1;
        int bottom = last - (w - 1);
        // Where the upright picture's first pixel is stored, and how far from a pixel its right and lower neighbour
        // are.
        int[] walk = switch (orientation) {
            case 2 -> new int[] {w - 1, -1, w};
            case 3 -> new int[] {last, -1, -w};
            case 4 -> new int[] {bottom, 1, -w};
            case 5 -> new int[] {0, w, 1};
            case 6 -> new int[] {bottom, -w, 1};
            case 7 -> new int[] {last, -w, -1};
            case 8 -> new int[] {w - 1, w, -1};
            default -> throw new IllegalArgumentException("orientation " + orientation + " is not in 1 to 8");
        };
        PictureSize size = upright(w, image.height(), orientation);
        byte[] from = image.rgb();
        byte[] to = new byte[from.length];
        IntStream.range(0, size.height()).parallel().forEach(y -> {
            int source = 3 * (walk[0] + y * walk[2]);
            int right = 3 * walk[1];
            int end = 3 * (y + 1) * size.width();
            for (int target = 3 * y * size.width(); target < end; target += 3, source += right) {
                to[target] = from[source];
                to[target + 1] = from[source + 1];
                to[target + 2] = from[source + 2];
            }
        });
        return Image.ofRgb(size.width(), size.height(), to);
    }
}
