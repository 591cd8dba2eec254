package org.mask2former.data;

import java.nio.file.Path;
import java.util.Objects;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.image.PictureSize;

/** One annotated picture of a data set. Nothing is read before it is asked for, and nothing is kept. Thread-safe. */
public final class Sample {
    private final String id;
    private final Path image;
    private final Reader reader;

    /** Reads what belongs to one picture. */
    public interface Reader {
        /**
         * The annotation of the picture.
         *
         * @param task one that the data set has
         */
        Annotation read(Task task);

        /** The picture's width and height in pixels, as the data set says. */
        PictureSize size();
    }

    /**
     * @param id as the data set names the picture, unique
     * @param image its file
     */
    public Sample(String id, Path image, Reader reader) {
        this.id = Objects.requireNonNull(id);
        this.image = Objects.requireNonNull(image);
        this.reader = Objects.requireNonNull(reader);
    }

    public String id() {
        return id;
    }

    /** The picture's file. */
    public Path image() {
        return image;
    }

    /**
     * The picture's width and height as the data set says, else from the file's head.
     *
     * @throws Mask2FormerException if the file cannot be read
     */
    public PictureSize size() {
        return reader.size();
    }

    /**
     * What is truly in the picture.
     *
     * @param task one of {@link Dataset#tasks()}
     * @throws Mask2FormerException if the annotation is missing, unreadable, or contradicts itself; the message names the file
     */
    public Annotation annotation(Task task) {
        return reader.read(task);
    }

    public Annotation.Panoptic panoptic() {
        return (Annotation.Panoptic) reader.read(Task.PANOPTIC);
    }

    public Annotation.Instances instances() {
        return (Annotation.Instances) reader.read(Task.INSTANCE);
    }

    public Annotation.Semantic semantic() {
        return (Annotation.Semantic) reader.read(Task.SEMANTIC);
    }
}
