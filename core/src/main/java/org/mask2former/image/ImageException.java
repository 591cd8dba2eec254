package org.mask2former.image;

import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;

/** A picture that cannot be read or written; the message names it, says why, and what to do. */
public class ImageException extends Mask2FormerException {
    private static final long serialVersionUID = 1L;

    public ImageException(String message) {
        super(message);
    }

    public ImageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
