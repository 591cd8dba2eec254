package org.mask2former.data;

import java.util.Locale;

/**
 * Something that {@link DatasetCheck} noticed.
 *
 * @param picture the id of the picture it is about, empty if it is about the set
 * @param message for people; names the file
 */
public record Finding(Kind kind, String picture, String message) {
    /** Kinds of findings, those first that make training or measuring wrong or impossible. */
    public enum Kind {
        /** A picture cannot be read. */
        UNREADABLE_PICTURE(true, "pictures that cannot be read"),
        /** An annotation is missing, cannot be read, or contradicts itself: unknown classes, ids that do not fit. */
        BAD_ANNOTATION(true, "annotations that cannot be used"),
        /** A picture and its annotation, or what the data set says of it, differ in size. */
        SIZE(true, "sizes that disagree"),
        /** Two classes have one colour, or one name. */
        COLLIDING_CLASSES(false, "classes that cannot be told apart"),
        /** A class that nothing is of. */
        CLASS_WITHOUT_EXAMPLES(false, "classes without examples"),
        /** A segment without pixels. */
        EMPTY_MASK(false, "segments without pixels"),
        /** A picture without any segment. */
        NO_ANNOTATION(false, "pictures without annotations"),
        /** The area that an annotation states is not its mask's, or its box lies beside its mask. */
        AREA(false, "areas or boxes that are not the mask's"),
        /** The same mask of the same class twice in a picture. */
        DUPLICATE_SEGMENT(false, "segments that are there twice"),
        /** The same picture twice, in one part or in two. */
        DUPLICATE_PICTURE(false, "pictures that are there twice"),
        /** One class has very many more segments than another. */
        IMBALANCE(false, "class balance"),
        /** Annotations, pictures and files that do not fit together: without a counterpart, or with one id. */
        STRAY(false, "what does not fit together");

        private final boolean error;
        private final String title;

        Kind(boolean error, String title) {
            this.error = error;
            this.title = title;
        }

        /** Whether it must be mended; else it is worth a look. */
        public boolean isError() {
            return error;
        }

        /** For people. */
        public String title() {
            return title;
        }

        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
