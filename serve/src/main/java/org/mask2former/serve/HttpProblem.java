package org.mask2former.serve;

import java.util.Optional;

/** Why a request is refused: an HTTP status, a word for programs, and one line for people. Has no stack trace. */
final class HttpProblem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final int retryAfter;

    private HttpProblem(int status, String code, String message, int retryAfter) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.retryAfter = retryAfter;
    }

    HttpProblem(int status, String code, String message) {
        this(status, code, message, 0);
    }

    /** Something that will pass: the client may try again after so many seconds. */
    static HttpProblem passing(int status, String code, String message, int seconds) {
        return new HttpProblem(status, code, message, Math.max(1, seconds));
    }

    /** The request can be read, but what it asks for cannot be done. */
    static HttpProblem unprocessable(String message) {
        return new HttpProblem(422, "unprocessable", message);
    }

    /** The request cannot be read. */
    static HttpProblem malformed(String message) {
        return new HttpProblem(400, "malformed", message);
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    String text() {
        return String.valueOf(getMessage());
    }

    /** Seconds for {@code Retry-After}. */
    Optional<Integer> retryAfter() {
        return retryAfter == 0 ? Optional.empty() : Optional.of(retryAfter);
    }
}
