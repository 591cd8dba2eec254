package org.mask2former.image;

import java.awt.image.BufferedImage;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mask2former.AtomicFile;

/** Reads pictures of every format; {@link Image#read(Path)} says how they become RGB. */
final class PictureReader {
    private static final int LONGEST_REASON = 100;

    private PictureReader() {}

    static Image read(Path file, ReadLimits limits) {
        return read(file, limits, (format, data) -> pixels(format, data, file.toString(), limits));
    }

    static PictureSize size(Path file, ReadLimits limits) {
        return read(file, limits, (format, data) -> size(format, data, file.toString()));
    }

    /** What is wanted of a file's content. */
    private interface Reading<T> {
        T read(PictureFormat format, byte[] data) throws IOException;
    }

    private static <T> T read(Path file, ReadLimits limits, Reading<T> reading) {
        try {
            if (Files.isDirectory(file)) {
                throw new BadPicture("it is a folder; name the pictures in it");
            }
            checkLength(Files.size(file), limits);
            return decode(Files.readAllBytes(file), reading);
        } catch (IOException e) {
            throw unreadable(file.toString(), e);
        } catch (OutOfMemoryError e) {
            throw tooLarge(file.toString(), e);
        }
    }

    static Image read(InputStream in, String name, ReadLimits limits) {
        try {
            byte[] data = in.readNBytes((int) limits.maxBytes());
            if (data.length == limits.maxBytes() && in.read() >= 0) {
                throw new BadPicture("it is longer than the limit of " + limits.maxBytes() + " bytes");
            }
            return decode(data, (format, bytes) -> pixels(format, bytes, name, limits));
        } catch (IOException e) {
            throw unreadable(name, e);
        } catch (OutOfMemoryError e) {
            throw tooLarge(name, e);
        }
    }

    static Image read(byte[] data, String name, ReadLimits limits) {
        try {
            checkLength(data.length, limits);
            return decode(data, (format, bytes) -> pixels(format, bytes, name, limits));
        } catch (IOException e) {
            throw unreadable(name, e);
        } catch (OutOfMemoryError e) {
            throw tooLarge(name, e);
        }
    }

    private static void checkLength(long length, ReadLimits limits) throws BadPicture {
        if (length > limits.maxBytes()) {
            throw new BadPicture(
                    "it has " + length + " bytes, more than the limit of " + limits.maxBytes() + "; raise the limit");
        }
    }

    private static ImageException unreadable(String name, IOException e) {
        String why = e instanceof BadPicture ? e.getMessage() : AtomicFile.reason(e);
        return new ImageException("cannot read picture " + name + ": " + why, e);
    }

    private static ImageException tooLarge(String name, OutOfMemoryError e) {
        return new ImageException(
                "cannot read picture " + name + ": it does not fit into the memory of this Java ("
                        + (Runtime.getRuntime().maxMemory() >> 20) + " MB); start it with a larger -Xmx",
                e);
    }

    private static <T> T decode(byte[] data, Reading<T> reading) throws IOException {
        if (data.length == 0) {
            throw new BadPicture("it is empty (0 bytes); copy or download it again");
        }
        PictureFormat format = PictureFormat.of(data).orElse(null);
        if (format == null) {
            throw PictureFormat.unknown(data);
        }
        try {
            return reading.read(format, data);
        } catch (BadPicture e) {
            throw e;
        } catch (EOFException e) {
            throw because(BadPicture.truncated("a " + format + " whose data end too early"), e);
        } catch (IOException e) {
            throw because(BadPicture.damaged(format + ": " + shortened(e)), e);
        } catch (RuntimeException e) {
            // Decoders meet damage with whatever exception it happens to cause; its text helps nobody.
            throw because(BadPicture.damaged("a " + format + " whose parts contradict each other"), e);
        }
    }

    private static Image pixels(PictureFormat format, byte[] data, String name, ReadLimits limits) throws IOException {
        return switch (format) {
            case JPEG -> jpeg(data, name, limits);
            case PNG -> png(data, limits);
            case GIF -> gif(data, limits);
            case BMP, TIFF, WEBP -> other(format, data, limits);
        };
    }

    private static PictureSize size(PictureFormat format, byte[] data, String name) throws IOException {
        switch (format) {
            case JPEG -> {
                JpegFile file = new JpegFile(data, name);
                return Orientation.upright(file.width, file.height, file.orientation());
            }
            case PNG -> {
                PngFile file = new PngFile(data);
                return Orientation.upright(file.width, file.height, file.orientation());
            }
            case GIF -> {
                GifFile file = new GifFile(data);
                return new PictureSize(file.width, file.height);
            }
            default -> {
                return Codecs.open(
                        format,
                        data,
                        0,
                        data.length,
                        reader -> Orientation.upright(
                                reader.getWidth(0), reader.getHeight(0), orientation(format, data)));
            }
        }
    }

    private static int orientation(PictureFormat format, byte[] data) throws IOException {
        return switch (format) {
            case TIFF -> Orientation.of(data, 0, data.length);
            case WEBP -> WebpFile.orientation(data);
            default -> Orientation.UPRIGHT;
        };
    }

    private static BadPicture because(BadPicture bad, Exception cause) {
        bad.initCause(cause);
        return bad;
    }

    private static String shortened(IOException e) {
        String text = String.valueOf(e.getMessage()).replaceAll("[\\s\\p{Cntrl}]+", " ");
        return text.length() <= LONGEST_REASON ? text : text.substring(0, LONGEST_REASON) + "…";
    }

    private static Image jpeg(byte[] data, String name, ReadLimits limits) throws IOException {
        JpegFile file = new JpegFile(data, name);
        check(file.width, file.height, limits);
        return Orientation.upright(Image.ofRgb(file.width, file.height, file.decode()), file.orientation());
    }

    private static Image png(byte[] data, ReadLimits limits) throws IOException {
        PngFile file = new PngFile(data);
        check(file.width, file.height, limits);
        return Orientation.upright(Image.ofRgb(file.width, file.height, file.decode()), file.orientation());
    }

    private static Image gif(byte[] data, ReadLimits limits) throws IOException {
        GifFile file = new GifFile(data);
        check(file.width, file.height, limits);
        return Image.ofRgb(file.width, file.height, file.decode());
    }

    private static Image other(PictureFormat format, byte[] data, ReadLimits limits) throws IOException {
        switch (format) {
            case WEBP -> WebpFile.checkLength(data);
            case BMP -> checkBmpLength(data);
            default -> {}
        }
        BufferedImage image = Codecs.open(format, data, 0, data.length, reader -> {
            check(reader.getWidth(0), reader.getHeight(0), limits);
            return reader.read(0);
        });
        return Orientation.upright(
                Image.ofRgb(image.getWidth(), image.getHeight(), Samples.rgb(image)), orientation(format, data));
    }

    /** A BMP header of today's form whose pixels are not compressed says how long the file must be at least. */
    private static void checkBmpLength(byte[] data) throws BadPicture {
        if (data.length < 34) {
            throw BadPicture.truncated("a BMP inside its header");
        }
        ByteBuffer header = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        if (header.getInt(14) >= 40 && header.getInt(30) == 0) {
            long rowBits = (long) header.getInt(18) * header.getShort(28);
            long pixels = (rowBits + 31) / 32 * 4 * Math.abs((long) header.getInt(22));
            if (header.getInt(18) > 0 && pixels > data.length - 14L) {
                throw BadPicture.truncated("a BMP of " + header.getInt(18) + "×" + Math.abs(header.getInt(22))
                        + " pixels that should have " + pixels + " bytes");
            }
        }
    }

    private static void check(int width, int height, ReadLimits limits) throws BadPicture {
        if (width < 1 || height < 1) {
            throw BadPicture.damaged("it has " + width + "×" + height + " pixels");
        }
        if ((long) width * height > limits.maxPixels()) {
            throw new BadPicture(
                    "it declares " + width + "×" + height + " pixels, more than the limit of " + limits.maxPixels()
                            + " in all; if it is meant to be so large, make it smaller or raise the limit");
        }
    }
}
