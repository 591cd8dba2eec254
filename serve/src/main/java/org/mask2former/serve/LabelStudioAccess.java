package org.mask2former.serve;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import org.mask2former.Mask2FormerException;

/**
 * A Label Studio that is trusted: its tasks' pictures are fetched from it, also where its address is a private one.
 *
 * @param url such as {@code http://localhost:8080}
 * @param token its API token, sent as {@code Authorization: Token …} to it and to nobody else
 */
public record LabelStudioAccess(URI url, Optional<String> token) {
    public LabelStudioAccess {
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        if (!(scheme.equals("http") || scheme.equals("https")) || url.getHost() == null) {
            throw new Mask2FormerException(
                    "\"" + url + "\" is not the address of a Label Studio; give one such as http://localhost:8080");
        }
    }

    /** Whether a URL is on this Label Studio: same scheme, host and port. */
    boolean serves(URI other) {
        return url.getScheme().equalsIgnoreCase(other.getScheme())
                && url.getHost().equalsIgnoreCase(other.getHost())
                && port(url) == port(other);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }
}
