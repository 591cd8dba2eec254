package org.mask2former.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import org.mask2former.checkpoint.HubException.Reason;

/**
 * What a file's bytes must hash to. The hub's ETag is the SHA-256 of a file in large storage, and git's SHA-1 of a file in
 * the repository itself; ETags of other forms say nothing about the bytes.
 *
 * @param kind which hash
 * @param expected its value in lower-case hexadecimal; empty for none
 */
record DownloadCheck(Kind kind, String expected) {
    enum Kind {
        NONE,
        SHA256,
        GIT_SHA1
    }

    static final DownloadCheck NONE = new DownloadCheck(Kind.NONE, "");

    private static final Pattern SHA256_HEX = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern SHA1_HEX = Pattern.compile("[0-9a-f]{40}");

    static DownloadCheck ofEtag(String etag) {
        if (SHA256_HEX.matcher(etag).matches()) {
            return new DownloadCheck(Kind.SHA256, etag);
        }
        return SHA1_HEX.matcher(etag).matches() ? new DownloadCheck(Kind.GIT_SHA1, etag) : NONE;
    }

    /** @throws HubException if it is not 64 hexadecimal digits */
    static DownloadCheck sha256(String hex) {
        String lower = hex.strip().toLowerCase(Locale.ROOT);
        if (!SHA256_HEX.matcher(lower).matches()) {
            throw new HubException(
                    Reason.BAD_INPUT, "\"" + hex + "\" is not a SHA-256: 64 hexadecimal digits are expected");
        }
        return new DownloadCheck(Kind.SHA256, lower);
    }

    /** The file's own hash of this kind; empty for {@link Kind#NONE}. */
    String of(Path file) throws IOException {
        if (kind == Kind.NONE) {
            return "";
        }
        MessageDigest digest = digest(kind == Kind.SHA256 ? "SHA-256" : "SHA-1");
        if (kind == Kind.GIT_SHA1) {
            digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[1 << 18];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    boolean matches(Path file) throws IOException {
        return of(file).equals(expected);
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }
}
