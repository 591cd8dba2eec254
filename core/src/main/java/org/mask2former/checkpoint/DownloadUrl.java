package org.mask2former.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.mask2former.checkpoint.HubException.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of plain web servers, such as the original model zoo's. Nothing states their hash, so what was fetched is known by
 * the ETag or date it had: the partial file's name holds it, and a file that changed meanwhile is fetched anew.
 */
final class DownloadUrl {
    private static final Logger LOG = LoggerFactory.getLogger(DownloadUrl.class);
    private static final int HEAD_ATTEMPTS = 3;

    /** What the server says of the file: bytes or -1, and a validator for {@code If-Range} or empty. */
    private record Description(long size, String validator) {}

    private final HubSettings settings;
    private final HubHttp http;
    private final HubErrors errors;
    private final HubRetry.Pause pause;

    DownloadUrl(HubSettings settings, HubHttp http, HubErrors errors, HubRetry.Pause pause) {
        this.settings = settings;
        this.http = http;
        this.errors = errors;
        this.pause = pause;
    }

    /** Where a URL's file is kept if no place is named: huggingface_hub's folder of assets, one folder for each URL. */
    Path place(URI uri) {
        return settings.assets()
                .resolve("mask2former")
                .resolve(hash(uri.toString()))
                .resolve(fileName(uri));
    }

    Path fetch(URI uri, Path target, DownloadCheck check, ProgressListener listener) {
        String scheme = String.valueOf(uri.getScheme());
        if (!scheme.matches("(?i)https?") || uri.getHost() == null) {
            throw new HubException(Reason.BAD_INPUT, "\"" + uri + "\" is not a web address (https://host/path)");
        }
        if (Files.isDirectory(target)) {
            throw new HubException(Reason.BAD_INPUT, target + " is a folder; name the file to write");
        }
        boolean present = Files.isRegularFile(target);
        if (settings.offline()) {
            if (present && matches(check, target)) {
                return target;
            }
            throw new HubException(
                    Reason.OFFLINE,
                    uri + " is not at " + target + (present ? " with the right checksum" : "")
                            + " and HF_HUB_OFFLINE forbids fetching it; unset HF_HUB_OFFLINE, or put the file there");
        }
        Path locks = Path.of(System.getProperty("java.io.tmpdir"), "mask2former-" + System.getProperty("user.name"));
        Path lock = locks.resolve(hash(target.toAbsolutePath().toString()) + ".lock");
        return HubLock.holding(lock, uri, () -> fetchLocked(uri, target, check, listener));
    }

    private Path fetchLocked(URI uri, Path target, DownloadCheck check, ProgressListener listener) {
        boolean present = Files.isRegularFile(target);
        Description description;
        try {
            description = describe(uri, present ? 1 : HEAD_ATTEMPTS);
        } catch (HubException e) {
            if (present && e.isTransient() && matches(check, target)) {
                LOG.warn("{}; using {}", e.getMessage(), target);
                return target;
            }
            throw e;
        }
        if (present && isSame(target, description, check)) {
            return target;
        }
        String version = hash(uri + "\n" + description.validator());
        Path partial = target.resolveSibling("." + target.getFileName() + "." + version + ".incomplete");
        new DownloadJob(
                        uri,
                        fileName(uri),
                        uri.toString(),
                        partial,
                        target,
                        description.size(),
                        check,
                        description.validator(),
                        refusal -> errors.ofUrl(refusal, uri))
                .run(
                        http,
                        pause,
                        () -> deletePartials(
                                target, partial, description.validator().isEmpty()),
                        listener);
        return target;
    }

    private Description describe(URI uri, int attempts) {
        HubRetry retry = new HubRetry(attempts, pause);
        while (true) {
            try (HubResponse response = http.head(uri, false)) {
                if (response.status() == 200) {
                    String etag = response.header("ETag");
                    // A weak ETag must not be used to put parts together (RFC 9110, 13.1.5).
                    boolean strong = etag.startsWith("\"");
                    return new Description(
                            response.size("Content-Length"), strong ? etag : response.header("Last-Modified"));
                }
                HubException refusal = errors.ofUrl(response, uri);
                if (refusal.reason() == Reason.FILE_NOT_FOUND || refusal.isTransient()) {
                    throw refusal;
                }
                // Some servers refuse HEAD and serve GET.
                return new Description(-1, "");
            } catch (HubException e) {
                retry.after(e);
            }
        }
    }

    private static boolean isSame(Path target, Description description, DownloadCheck check) {
        if (check.kind() != DownloadCheck.Kind.NONE) {
            return matches(check, target);
        }
        try {
            return description.size() >= 0 && Files.size(target) == description.size();
        } catch (IOException e) {
            throw DownloadFailures.ofDisk(e, target);
        }
    }

    private static boolean matches(DownloadCheck check, Path file) {
        try {
            return check.matches(file);
        } catch (IOException e) {
            throw DownloadFailures.ofDisk(e, file);
        }
    }

    /** Parts of other versions of the file; and of this one, if nothing tells whether it still is this one. */
    private static void deletePartials(Path target, Path partial, boolean all) throws IOException {
        String prefix = "." + target.getFileName() + ".";
        try (DirectoryStream<Path> files = Files.newDirectoryStream(
                target.toAbsolutePath().getParent(),
                file -> file.getFileName().toString().startsWith(prefix))) {
            for (Path file : files) {
                boolean part = file.getFileName().toString().matches(".*\\.[0-9a-f]{16}\\.incomplete");
                if (part && (all || !file.getFileName().equals(partial.getFileName()))) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static String fileName(URI uri) {
        String path = uri.getPath() == null ? "" : uri.getPath();
        String name = path.substring(path.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9._-]", "_");
        return name.isEmpty() || name.startsWith(".") ? "download" + name : name;
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
