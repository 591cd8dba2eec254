package org.mask2former.train;

import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;

/** Another of the processes that train together has ended, so that this one has to end too. */
public final class LostProcessException extends Mask2FormerException {
    private static final long serialVersionUID = 1L;

    /** @param what happened, such as {@code process 1 was killed} */
    public LostProcessException(String what, @Nullable Throwable cause) {
        super(
                what + "; training has ended in all processes, and the same command goes on after the last snapshot",
                cause);
    }
}
