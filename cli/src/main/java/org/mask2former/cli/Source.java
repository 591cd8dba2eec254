package org.mask2former.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.mask2former.image.Image;

/**
 * A picture to be segmented, not yet read.
 *
 * @param name what messages call it: a path, a URL, {@code -} for standard input
 * @param file the file it is read from, if it is one
 * @param reader reads it; throws {@link org.mask2former.Mask2FormerException} if that fails
 */
record Source(String name, Optional<Path> file, Supplier<Image> reader) {
    Image read() {
        return reader.get();
    }
}
