package org.mask2former.image;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mask2former.AtomicFile;

/**
 * Reads pictures, and turns whatever goes wrong into one line. {@link Image#read(Path)} says how pictures become RGB,
 * {@link PictureFile} how their formats are told apart.
 */
final class PictureReader {
    private static final int LONGEST_REASON = 100;

    private PictureReader() {}

    static Image read(Path file, ReadLimits limits) {
        return inOneLine(file.toString(), () -> decode(bytes(file, limits), file.toString(), limits));
    }

    static Image read(InputStream in, String name, ReadLimits limits) {
        return inOneLine(name, () -> {
            byte[] data = in.readNBytes((int) limits.maxBytes());
            if (data.length == limits.maxBytes() && in.read() >= 0) {
                throw new BadPicture(
                        ImageException.Kind.TOO_LARGE,
                        "it is longer than the limit of " + limits.maxBytes() + " bytes; raise the limit");
            }
            return decode(data, name, limits);
        });
    }

    static Image read(byte[] data, String name, ReadLimits limits) {
        return inOneLine(name, () -> {
            checkLength(data.length, limits);
            return decode(data, name, limits);
        });
    }

    /** The size upright, of a picture with however many pixels. */
    static PictureSize size(Path file, ReadLimits limits) {
        return inOneLine(file.toString(), () -> {
            byte[] data = bytes(file, limits);
            return decoding(() -> {
                PictureFile picture = PictureFile.open(data, file.toString());
                checkSize(picture, Long.MAX_VALUE);
                return Orientation.upright(picture.width(), picture.height(), picture.orientation());
            });
        });
    }

    private static byte[] bytes(Path file, ReadLimits limits) throws IOException {
        if (Files.isDirectory(file)) {
            throw new BadPicture(ImageException.Kind.OTHER, "it is a folder; name the pictures in it");
        }
        checkLength(Files.size(file), limits);
        return Files.readAllBytes(file);
    }

    private static void checkLength(long length, ReadLimits limits) throws BadPicture {
        if (length > limits.maxBytes()) {
            throw new BadPicture(
                    ImageException.Kind.TOO_LARGE,
                    "it has " + length + " bytes, more than the limit of " + limits.maxBytes() + "; raise the limit");
        }
    }

    private static Image decode(byte[] data, String name, ReadLimits limits) throws BadPicture {
        return decoding(() -> {
            PictureFile picture = PictureFile.open(data, name);
            checkSize(picture, limits.maxPixels());
            Image stored = Image.ofRgb(picture.width(), picture.height(), picture.decode());
            return Orientation.upright(stored, picture.orientation());
        });
    }

    private static void checkSize(PictureFile picture, long mostPixels) throws BadPicture {
        String size = picture.width() + "×" + picture.height() + " pixels";
        if (picture.width() < 1 || picture.height() < 1) {
            throw BadPicture.damaged("it has " + size);
        }
        if ((long) picture.width() * picture.height() > mostPixels) {
            throw new BadPicture(
                    ImageException.Kind.TOO_LARGE,
                    "it declares " + size + ", more than the limit of " + mostPixels
                            + " in all; if it is meant to be so large, make it smaller or raise the limit");
        }
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    /** Decoders meet damage with whatever exception it happens to cause. */
    private static <T> T decoding(Reading<T> reading) throws BadPicture {
        try {
            return reading.read();
        } catch (BadPicture e) {
            throw e;
        } catch (EOFException e) {
            throw because(BadPicture.truncated("its data end too early"), e);
        } catch (IOException e) {
            throw because(BadPicture.damaged(shortened(e)), e);
        } catch (RuntimeException e) {
            throw because(BadPicture.damaged("its parts contradict each other"), e);
        }
    }

    private static BadPicture because(BadPicture bad, Exception cause) {
        bad.initCause(cause);
        return bad;
    }

    private static String shortened(IOException e) {
        String text = String.valueOf(e.getMessage()).replaceAll("[\\s\\p{Cntrl}]+", " ");
        return text.length() <= LONGEST_REASON ? text : text.substring(0, LONGEST_REASON) + "…";
    }

    private static <T> T inOneLine(String name, Reading<T> reading) {
        try {
            return reading.read();
        } catch (IOException e) {
            String why = e instanceof BadPicture ? e.getMessage() : AtomicFile.reason(e);
            ImageException.Kind kind = e instanceof BadPicture picture ? picture.kind() : ImageException.Kind.OTHER;
            throw new ImageException(kind, "cannot read picture " + name + ": " + why, e);
        } catch (OutOfMemoryError e) {
            long megabytes = Runtime.getRuntime().maxMemory() >> 20;
            throw new ImageException(
                    ImageException.Kind.TOO_LARGE,
                    "cannot read picture " + name + ": it does not fit into the memory of this Java (" + megabytes
                            + " MB); start it with a larger -Xmx",
                    e);
        }
    }
}
