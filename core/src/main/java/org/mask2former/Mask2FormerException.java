package org.mask2former;

import org.jspecify.annotations.Nullable;

/**
 * The one unchecked family of this library's errors. The message is a single line (a list of keys may follow it) that
 * names the file, key or shape it speaks of, what was expected, and what to do.
 */
public class Mask2FormerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Mask2FormerException(String message) {
        super(message);
    }

    public Mask2FormerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
