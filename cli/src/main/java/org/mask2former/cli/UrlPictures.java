package org.mask2former.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.HubClient;
import org.mask2former.checkpoint.HubSettings;
import org.mask2former.checkpoint.ProgressListener;
import org.mask2former.image.Image;
import org.mask2former.image.ImageException;

/** Reads pictures from web servers, of a limited size, through the proxy that the environment names. */
final class UrlPictures {
    private static final long MOST_BYTES = 256L << 20;

    private final Supplier<HubSettings> settings;
    private final long mostBytes;

    /** @param settings asked when the first picture is read */
    UrlPictures(Supplier<HubSettings> settings) {
        this(settings, MOST_BYTES);
    }

    UrlPictures(Supplier<HubSettings> settings, long mostBytes) {
        this.settings = settings;
        this.mostBytes = mostBytes;
    }

    Image read(String url) {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new ImageException(url + ": is no URL (" + e.getMessage() + ")", e);
        }
        try {
            Path folder = Files.createTempDirectory("mask2former");
            Path file = folder.resolve("picture");
            try {
                ProgressListener limit = (name, done, total) -> {
                    if (Math.max(done, total) > mostBytes) {
                        throw new ImageException(String.format(
                                Locale.ROOT, "%s: is larger than %d MB; fetch it yourself", url, mostBytes >> 20));
                    }
                };
                // HF_HUB_OFFLINE speaks of the hub, not of a picture that is asked for by its address.
                HubClient.create(settings.get().withOffline(false)).downloadFile(uri, file, limit);
                return Image.read(Files.readAllBytes(file), url);
            } catch (ImageException e) {
                throw e;
            } catch (Mask2FormerException e) {
                throw new ImageException(url + ": " + e.getMessage(), e);
            } finally {
                deleteAll(folder);
            }
        } catch (IOException e) {
            throw new ImageException(url + ": the temporary folder cannot be used (" + e + ")", e);
        }
    }

    /** The picture, or what is left of a download that failed. */
    private static void deleteAll(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) Files.delete(file);
        }
        Files.delete(folder);
    }
}
