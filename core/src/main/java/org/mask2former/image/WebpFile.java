package org.mask2former.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The chunks of a WebP file. */
final class WebpFile {
    private static final int EXIF = 0x46495845;

    private WebpFile() {}

    /** The decoder takes a file that is cut off for a whole one. */
    static void checkLength(byte[] data) throws BadPicture {
        long length = (ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).getInt(4) & 0xFFFFFFFFL) + 8;
        if (length > data.length) {
            throw BadPicture.truncated("a WebP of " + length + " bytes of which " + data.length + " are here");
        }
    }

    static int orientation(byte[] data) {
        ByteBuffer chunks = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        long position = 12;
        while (position + 8 <= data.length) {
            int at = (int) position;
            long length = chunks.getInt(at + 4) & 0xFFFFFFFFL;
            if (chunks.getInt(at) == EXIF && position + 8 + length <= data.length) {
                // Some writers put JPEG's marker before the block.
                int skip = length > 6 && data[at + 8] == 'E' && data[at + 9] == 'x' ? 6 : 0;
                return Orientation.of(data, at + 8 + skip, (int) length - skip);
            }
            position += 8 + length + (length & 1);
        }
        return Orientation.UPRIGHT;
    }
}
