package org.mask2former.checkpoint;

import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;

/** A checkpoint that is damaged, hostile, of an unknown kind, or does not fit the model. */
public class CheckpointException extends Mask2FormerException {
    private static final long serialVersionUID = 1L;

    public CheckpointException(String message) {
        super(message);
    }

    public CheckpointException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
