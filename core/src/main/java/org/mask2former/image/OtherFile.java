package org.mask2former.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A BMP, TIFF or WebP file, whose decoders can be trusted with all of it once its length is right. */
final class OtherFile implements PictureFile {
    private static final int EXIF = 0x46495845;

    private final PictureFormat format;
    private final byte[] data;
    private final PictureSize size;

    OtherFile(PictureFormat format, byte[] data) throws IOException {
        this.format = format;
        this.data = data;
        ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        if (format == PictureFormat.WEBP) {
            checkWebpLength(bytes);
        } else if (format == PictureFormat.BMP) {
            checkBmpLength(bytes);
        }
        size = Codecs.open(
                format, data, 0, data.length, reader -> new PictureSize(reader.getWidth(0), reader.getHeight(0)));
    }

    @Override
    public int width() {
        return size.width();
    }

    @Override
    public int height() {
        return size.height();
    }

    @Override
    public int orientation() {
        return switch (format) {
            case TIFF -> Orientation.of(data, 0, data.length);
            case WEBP -> webpOrientation();
            default -> Orientation.UPRIGHT;
        };
    }

    @Override
    public byte[] decode() throws IOException {
        return Samples.rgb(Codecs.open(format, data, 0, data.length, reader -> reader.read(0)));
    }

    /** The decoder would take a file that is cut off for a whole one. */
    private static void checkWebpLength(ByteBuffer bytes) throws BadPicture {
        long length = (bytes.getInt(4) & 0xFFFFFFFFL) + 8;
        if (length > bytes.limit()) {
            throw BadPicture.truncated("a WebP of " + length + " bytes of which " + bytes.limit() + " are here");
        }
    }

    /** A BMP header of today's form whose pixels are not compressed says how long the file must be at least. */
    private static void checkBmpLength(ByteBuffer bytes) throws BadPicture {
        if (bytes.limit() < 34) {
            throw BadPicture.truncated("a BMP inside its header");
        }
        if (bytes.getInt(14) >= 40 && bytes.getInt(30) == 0) {
            int width = bytes.getInt(18);
            long height = Math.abs((long) bytes.getInt(22));
            long pixels = ((long) width * bytes.getShort(28) + 31) / 32 * 4 * height;
            if (width > 0 && pixels > bytes.limit() - 14L) {
                throw BadPicture.truncated(
                        "a BMP of " + width + "×" + height + " pixels that should have " + pixels + " bytes");
            }
        }
    }

    private int webpOrientation() {
        ByteBuffer chunks = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        long position = 12;
        while (position + 8 <= chunks.limit()) {
            int at = (int) position;
            long length = chunks.getInt(at + 4) & 0xFFFFFFFFL;
            if (chunks.getInt(at) == EXIF && position + 8 + length <= chunks.limit()) {
                // Some writers put JPEG's marker before the block.
                int skip = length > 6 && chunks.get(at + 8) == 'E' && chunks.get(at + 9) == 'x' ? 6 : 0;
                return Orientation.of(data, at + 8 + skip, (int) length - skip);
            }
            position += 8 + length + (length & 1);
        }
        return Orientation.UPRIGHT;
    }
}
