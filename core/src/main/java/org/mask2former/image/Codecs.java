package org.mask2former.image;

import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * Finds the decoder of a format. They are named here and not looked up by content, so that what an application has on
 * its class path besides does not change a pixel.
 */
final class Codecs {
    private Codecs() {}

    /** Uses a decoder and lets it go. */
    interface Use<T> {
        T with(ImageReader reader) throws IOException;
    }

    /** Opens a file, a part of {@code data}, with its format's decoder; metadata is left unread. */
    static <T> T open(PictureFormat format, byte[] data, int offset, int length, Use<T> use) throws IOException {
        ImageReader reader = reader(format);
        try {
            // Never ImageIO's own streams: they put the file into a temporary one first.
            reader.setInput(new ByteArrayImageInputStream(data, offset, length), true, true);
            return use.with(reader);
        } finally {
            reader.dispose();
        }
    }

    private static ImageReader reader(PictureFormat format) throws IOException {
        return switch (format) {
            case TIFF -> new TIFFImageReaderSpi().createReaderInstance();
            case WEBP -> new WebPImageReaderSpi().createReaderInstance();
            case JPEG, PNG, BMP, GIF -> builtIn(format.name().toLowerCase(Locale.ROOT));
        };
    }

    private static ImageReader builtIn(String format) throws IOException {
        Iterator<ImageReaderSpi> all = IIORegistry.getDefaultInstance()
                .getServiceProviders(
                        ImageReaderSpi.class,
                        spi -> spi.getClass().getModule() == ImageIO.class.getModule()
                                && Arrays.asList(((ImageReaderSpi) spi).getFormatNames())
                                        .contains(format),
                        false);
        if (!all.hasNext()) {
            throw new IOException("this Java has no decoder for " + format);
        }
        return all.next().createReaderInstance();
    }
}
