package org.mask2former.serve;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.util.Attributes;
import org.jspecify.annotations.Nullable;

/** What is known of one request besides HTTP: its id, its body, when it came, from whom, and what it was for. */
final class Exchange {
    /** The header that carries the id, both ways. */
    static final String ID_HEADER = "X-Request-Id";

    private static final String ATTRIBUTE = Exchange.class.getName();
    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:-]{1,64}");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final byte[] NO_BODY = {};

    private final String id;
    private final Client client;
    private final long arrived = System.nanoTime();
    private byte[] body = NO_BODY;
    private String route = "none";
    private Optional<Path> file = Optional.empty();

    private Exchange(String id, Client client) {
        this.id = id;
        this.client = client;
    }

    /** @param given the client's own id for the request, taken over if it is short and plain */
    static Exchange begin(@Nullable String given, Client client) {
        return new Exchange(given != null && SANE.matcher(given).matches() ? given : random(), client);
    }

    private static String random() {
        byte[] bytes = new byte[8];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    void attachTo(Attributes request) {
        request.setAttribute(ATTRIBUTE, this);
    }

    /** The exchange of a request, as the servlet API shows its attributes. */
    static Exchange of(io.javalin.http.Context ctx) {
        Exchange exchange = ctx.attribute(ATTRIBUTE);
        if (exchange == null) {
            throw new IllegalStateException("the request did not come through the gate");
        }
        return exchange;
    }

    String id() {
        return id;
    }

    /** Nanoseconds since the request's head was read. */
    long age() {
        return System.nanoTime() - arrived;
    }

    Client client() {
        return client;
    }

    byte[] body() {
        return body;
    }

    void body(byte[] bytes) {
        body = bytes;
    }

    /** What the answer's body is, where it is too large for the memory. */
    Optional<Path> file() {
        return file;
    }

    void file(Path answer) {
        file = Optional.of(answer);
    }

    /** The path as it was declared, such as {@code /v2/models/{model}}; for metrics. */
    String route() {
        return route;
    }

    void route(String declared) {
        route = declared;
    }
}
