package org.mask2former.image;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mask2former.Mask2FormerException;

/**
 * The size that pictures are brought to before the network sees them. What wins over what is in {@link Preprocessor}.
 * Immutable.
 */
public sealed interface TestSize {
    /** The largest side that can be asked for, in pixels. */
    int LARGEST = 1 << 15;

    /**
     * The shorter side becomes {@code shortest} pixels, but the longer one at most {@code longest}; the aspect ratio stays.
     */
    record ShortestEdge(int shortest, int longest) implements TestSize {
        public ShortestEdge {
            check(shortest);
            check(longest);
            if (longest < shortest) {
                throw new Mask2FormerException("the longest edge " + longest
                        + " of a picture size is smaller than its shortest edge " + shortest
                        + "; give them as SHORTEST/LONGEST, such as 800/1333");
            }
        }

        @Override
        public String toString() {
            return shortest + "/" + longest;
        }
    }

    /** Exactly this size, in pixels; the aspect ratio is given up. */
    record Exact(int height, int width) implements TestSize {
        public Exact {
            check(height);
            check(width);
        }

        @Override
        public String toString() {
            return width + "x" + height;
        }
    }

    private static void check(int side) {
        if (side < 1 || side > LARGEST) {
            throw new Mask2FormerException(
                    "a picture size of " + side + " pixels is not possible; it must be from 1 to " + LARGEST);
        }
    }

    /**
     * Reads what a person writes.
     *
     * @param text {@code WIDTHxHEIGHT} ({@code 1024x512}: exactly so wide and so high), {@code SHORTEST/LONGEST}
     *     ({@code 800/1333}), or {@code SHORTEST} alone, whose longest edge is four times that, as in ADE20K's setting
     * @throws Mask2FormerException if it is none of these
     */
    static TestSize parse(String text) {
        Matcher m = Pattern.compile("(\\d{1,6})(?:([x×/])(\\d{1,6}))?")
                .matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!m.matches()) {
            throw new Mask2FormerException("'" + text + "' is not a picture size; write WIDTHxHEIGHT (1024x512), "
                    + "SHORTEST/LONGEST (800/1333) or SHORTEST (800)");
        }
        int first = Integer.parseInt(m.group(1));
        if (m.group(2) == null) {
            return new ShortestEdge(first, Math.min(4 * first, LARGEST));
        }
        int second = Integer.parseInt(m.group(3));
        return m.group(2).equals("/") ? new ShortestEdge(first, second) : new Exact(second, first);
    }

    /**
     * The setting under which the original repository measured its published models ({@code INPUT.MIN_SIZE_TEST} and
     * {@code MAX_SIZE_TEST} of its configurations), or empty if the classes are not those of a data set it published on.
     *
     * @param labels the class names in the order of their ids
     * @param backbone as {@code BackboneConfig.displayName()}; ADE20K's setting depends on it
     */
    static Optional<TestSize> published(List<String> labels, String backbone) {
        return PublishedSizes.of(labels, backbone);
    }
}
