package org.mask2former.data;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.MetadataException;
import com.drew.metadata.exif.ExifIFD0Directory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.mask2former.Mask2FormerException;

/** What the head of a picture's file tells without decoding it. */
final class PictureHeader {
    /** EXIF orientations from here on swap width and height. */
    private static final int FIRST_TURNED = 5;

    private PictureHeader() {}

    /** Width and height, upright. */
    static PictureSize size(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new Mask2FormerException("there is no file " + file);
        }
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new Mask2FormerException(file + " is not a picture of a known format");
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                int width = reader.getWidth(0);
                int height = reader.getHeight(0);
                return turned(file) ? new PictureSize(height, width) : new PictureSize(width, height);
            } finally {
                reader.dispose();
            }
        } catch (IOException e) {
            throw new Mask2FormerException("cannot read the picture " + file + ": " + e.getMessage(), e);
        }
    }

    private static boolean turned(Path file) throws IOException {
        try {
            ExifIFD0Directory exif =
                    ImageMetadataReader.readMetadata(file.toFile()).getFirstDirectoryOfType(ExifIFD0Directory.class);
            return exif != null
                    && exif.containsTag(ExifIFD0Directory.TAG_ORIENTATION)
                    && exif.getInt(ExifIFD0Directory.TAG_ORIENTATION) >= FIRST_TURNED;
        } catch (ImageProcessingException | MetadataException e) {
            return false; // No EXIF that says otherwise.
        }
    }
}
