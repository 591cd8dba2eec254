package org.mask2former.image;

import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;

/** A picture that cannot be read or written; the message names it, says why, and what to do. */
public class ImageException extends Mask2FormerException {
    private static final long serialVersionUID = 1L;

    /** What kind of trouble it is, for programs that answer differently to each. */
    public enum Kind {
        /** Of a format that is not read, or no picture at all. */
        UNKNOWN_FORMAT,
        /** More bytes or pixels than the limits allow, or than fit into memory. */
        TOO_LARGE,
        /** Of a known format, but cut off, damaged or of a kind that is not read. */
        DAMAGED,
        /** Whatever is not the picture's own fault: no such file, a disk that is full. */
        OTHER
    }

    private final Kind kind;

    public ImageException(String message) {
        this(Kind.OTHER, message, null);
    }

    public ImageException(String message, @Nullable Throwable cause) {
        this(Kind.OTHER, message, cause);
    }

    ImageException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
