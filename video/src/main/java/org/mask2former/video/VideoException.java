package org.mask2former.video;

import org.mask2former.Mask2FormerException;

/** A film, camera or stream cannot be read, or a film not be written; the message says which, why, and what to do. */
public class VideoException extends Mask2FormerException {
    private static final long serialVersionUID = 1;

    public VideoException(String message) {
        super(message);
    }

    public VideoException(String message, Throwable cause) {
        super(message, cause);
    }
}
