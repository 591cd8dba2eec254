package org.mask2former.serve;

import org.mask2former.image.Image;
import org.mask2former.image.ImageException;
import org.mask2former.image.ReadLimits;

/** Reads pictures that clients sent, and says what is wrong with them in HTTP's terms. */
final class Pictures {
    private Pictures() {}

    /** @throws HttpProblem 413, 415 or 422 if it cannot be read */
    static Image read(byte[] data, String name, ReadLimits limits) {
        try {
            return Image.read(data, name.isEmpty() ? "of the request" : name, limits);
        } catch (ImageException e) {
            String message = String.valueOf(e.getMessage());
            throw switch (e.kind()) {
                case UNKNOWN_FORMAT -> new HttpProblem(415, "unsupported_picture", message);
                case TOO_LARGE -> new HttpProblem(413, "too_large", message);
                case DAMAGED, OTHER -> new HttpProblem(422, "bad_picture", message);
            };
        }
    }
}
