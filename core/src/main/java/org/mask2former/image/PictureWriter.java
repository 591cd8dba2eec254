package org.mask2former.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;
import org.mask2former.AtomicFile;

/** Writes pictures as PNG or JPEG. */
final class PictureWriter {
    private static final float JPEG_QUALITY = 0.95f;

    private PictureWriter() {}

    static void write(Image image, Path file) {
        String format = format(file);
        try {
            AtomicFile.write(file, out -> encode(image, format, out));
        } catch (IOException e) {
            throw new ImageException("cannot write picture " + file + ": " + AtomicFile.reason(e), e);
        }
    }

    static byte[] png(Image image) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            encode(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static String format(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".png")) {
            return "png";
        }
        if (name.endsWith(".jpg") || name.endsWith(".jpeg")) {
            return "jpeg";
        }
        throw new ImageException(
                "cannot write picture " + file + ": its name must end in .png, .jpg or .jpeg, which says the format");
    }

    private static void encode(Image image, String format, OutputStream out) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        try (ImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.write(
                    null,
                    new IIOImage(Samples.image(image.rgb(), image.width(), image.height()), null, null),
                    param(writer, format));
        } finally {
            writer.dispose();
        }
    }

    private static @Nullable ImageWriteParam param(ImageWriter writer, String format) {
        if (!format.equals("jpeg")) {
            return null;
        }
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionQuality(JPEG_QUALITY);
        return param;
    }
}
