package org.mask2former.image;

import java.io.IOException;

/** What is wrong with a picture and what to do about it, as the end of a sentence that begins with the picture's name. */
final class BadPicture extends IOException {
    private static final long serialVersionUID = 1L;

    private final ImageException.Kind kind;

    BadPicture(String message) {
        this(ImageException.Kind.DAMAGED, message);
    }

    BadPicture(ImageException.Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    ImageException.Kind kind() {
        return kind;
    }

    static BadPicture truncated(String where) {
        return new BadPicture("it is cut off (" + where + "); copy or download it again");
    }

    static BadPicture damaged(String what) {
        return new BadPicture("it is damaged (" + what + "); copy it again, or open and save it in another program");
    }
}
