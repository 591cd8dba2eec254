package org.mask2former.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;

/** A GIF file: its blocks up to the end of the first frame, and that frame on its canvas. */
final class GifFile implements PictureFile {
    private static final int EXTENSION = 0x21;
    private static final int IMAGE = 0x2C;
    private static final int GRAPHIC_CONTROL = 0xF9;

    private final byte[] data;
    private int position = 13;
    /** The palette's entry of the first frame that is transparent, or 0. */
    private int background;

    private int left;
    private int top;
    private final int width;
    private final int height;

    /** Reads the blocks up to the end of the first frame. */
    GifFile(byte[] data) throws BadPicture {
        this.data = data;
        int screenWidth = u16(6);
        int screenHeight = u16(8);
        colourTable(u8(10));
        while (u8(position) == EXTENSION) {
            if (u8(position + 1) == GRAPHIC_CONTROL && u8(position + 2) == 4 && (u8(position + 3) & 1) != 0) {
                background = u8(position + 6);
            }
            position += 2;
            subBlocks();
        }
        if (u8(position) != IMAGE) {
            throw BadPicture.damaged("a GIF without a picture");
        }
        left = u16(position + 1);
        top = u16(position + 3);
        width = Math.max(screenWidth, left + u16(position + 5));
        height = Math.max(screenHeight, top + u16(position + 7));
        int flags = u8(position + 9);
        position += 10;
        colourTable(flags);
        position++; // the code size
        subBlocks();
    }

    private void colourTable(int flags) {
        if ((flags & 0x80) != 0) {
            position += 3 * (2 << (flags & 7));
        }
    }

    private void subBlocks() throws BadPicture {
        int size;
        do {
            size = u8(position);
            position += 1 + size;
        } while (size > 0);
    }

    private int u16(int at) throws BadPicture {
        return u8(at) | u8(at + 1) << 8;
    }

    private int u8(int at) throws BadPicture {
        if (at >= data.length) {
            throw BadPicture.truncated("a GIF inside its first frame");
        }
        return data[at] & 0xFF;
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
        return Orientation.UPRIGHT;
    }

    @Override
    public byte[] decode() throws IOException {
        BufferedImage frame = Codecs.open(PictureFormat.GIF, data, 0, data.length, reader -> reader.read(0));
        byte[] rgb = Samples.rgb(frame);
        if (frame.getWidth() == width && frame.getHeight() == height) {
            return rgb;
        }
        byte[] canvas = filled(frame);
        for (int y = 0; y < frame.getHeight(); y++) {
            System.arraycopy(
                    rgb, 3 * y * frame.getWidth(), canvas, 3 * ((top + y) * width + left), 3 * frame.getWidth());
        }
        return canvas;
    }

    /** The canvas where no frame is, as Pillow has it: the transparent colour, or else the palette's first. */
    private byte[] filled(BufferedImage frame) {
        byte[] canvas = new byte[3 * width * height];
        if (frame.getColorModel() instanceof IndexColorModel palette && background < palette.getMapSize()) {
            int colour = palette.getRGB(background);
            if (colour << 8 != 0) {
                for (int i = 0; i < canvas.length; i++) {
                    canvas[i] = (byte) (colour >> 8 * (2 - i % 3));
                }
            }
        }
        return canvas;
    }
}
