package org.mask2former.serve;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The word that clients must know: {@code Authorization: Bearer TOKEN}, or as the password of {@code Basic}, which is what
 * Label Studio sends. Open to all are the page, the API's description, and what probes ask.
 */
final class Token {
    private static final Set<String> OPEN =
            Set.of("/", "/openapi.yaml", "/health", "/v2/health/live", "/v2/health/ready");

    private final Optional<byte[]> expected;

    Token(Optional<String> token) {
        expected = token.map(t -> t.getBytes(StandardCharsets.UTF_8));
    }

    static boolean isOpen(String path) {
        return OPEN.contains(path) || path.startsWith("/page/");
    }

    /** @throws HttpProblem 401 if the header does not have the token */
    void check(@Nullable String header) {
        if (expected.isEmpty()) {
            return;
        }
        byte[] given = given(header == null ? "" : header).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(given, expected.get())) {
            throw new HttpProblem(
                    401,
                    "unauthorized",
                    header == null
                            ? "this server wants a token; send it as \"Authorization: Bearer TOKEN\""
                            : "the token is not the right one");
        }
    }

    private static String given(String header) {
        String[] words = header.strip().split("\\s+", 2);
        if (words.length < 2) {
            return "";
        }
        if (words[0].equalsIgnoreCase("Bearer")) {
            return words[1];
        }
        if (!words[0].equalsIgnoreCase("Basic")) {
            return "";
        }
        try {
            String pair = new String(Base64.getDecoder().decode(words[1]), StandardCharsets.UTF_8);
            return pair.substring(pair.indexOf(':') + 1);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
