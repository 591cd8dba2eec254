package org.mask2former.checkpoint;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;

/** A model or file that could not be fetched. {@link #reason()} tells callers apart what a person reads in the message. */
public final class HubException extends Mask2FormerException {
    private static final long serialVersionUID = 1L;

    /** Why a file could not be fetched. */
    public enum Reason {
        /** A hub id, URL or setting that cannot be meant. */
        BAD_INPUT,
        /** No such repository, or a private one and no token that may see it. */
        REPOSITORY_NOT_FOUND,
        /** The repository has no such branch, tag or commit. */
        REVISION_NOT_FOUND,
        /** The repository, or the server, has no such file. */
        FILE_NOT_FOUND,
        /** Terms must be accepted on the hub first. */
        GATED,
        /** The token is wrong or may not do this. */
        FORBIDDEN,
        /** Offline mode, and the cache lacks something. */
        OFFLINE,
        /** No network, no such host, nobody listening, a connection that broke or stalled. Trying again may help. */
        UNREACHABLE,
        /** The server is overloaded or failing (408, 429, 5xx). Trying again may help. */
        BUSY,
        /** An answer that no hub gives. */
        BAD_ANSWER,
        /** The bytes are not those that were announced: wrong size or checksum. */
        DAMAGED,
        /** The disk is full, or the cache cannot be read or written. */
        DISK,
        /** The thread was interrupted. */
        INTERRUPTED
    }

    private final Reason reason;
    private final transient @Nullable Duration retryAfter;

    HubException(Reason reason, String message) {
        this(reason, message, null);
    }

    HubException(Reason reason, String message, @Nullable Throwable cause) {
        this(reason, message, cause, null);
    }

    HubException(Reason reason, String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
        super(message, cause);
        this.reason = reason;
        this.retryAfter = retryAfter;
    }

    public Reason reason() {
        return reason;
    }

    /** Whether the same request may succeed a little later. */
    boolean isTransient() {
        return reason == Reason.UNREACHABLE || reason == Reason.BUSY;
    }

    /** How long the server asked to wait, if it did. */
    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }

    /** The same failure, said with more context. */
    HubException withMessage(String message) {
        return new HubException(reason, message, this, retryAfter);
    }
}
