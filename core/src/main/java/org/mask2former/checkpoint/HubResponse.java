package org.mask2former.checkpoint;

import java.net.URI;
import java.net.http.HttpHeaders;

/**
 * An answer whose body is yet to be read. Closing it ends the reading.
 *
 * @param uri where the answer came from, after redirects
 * @param foreign whether that is another server than the one asked, such as the hub's storage
 */
record HubResponse(int status, HttpHeaders headers, URI uri, boolean foreign, HubBody body) implements AutoCloseable {
    /** A header's first value, or empty. */
    String header(String name) {
        return headers.firstValue(name).orElse("").strip();
    }

    /** A header that holds a number of bytes, or -1. */
    long size(String name) {
        String text = header(name);
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    }

    boolean isRedirect() {
        return (status == 301 || status == 302 || status == 303 || status == 307 || status == 308)
                && !header("Location").isEmpty();
    }

    @Override
    public void close() {
        body.close();
    }
}
