package org.mask2former.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.result.Labels;

/** One part (train, val) of a set of annotated pictures. Thread-safe. */
public interface Dataset {
    /** As its YAML names it. */
    String name();

    /** As its YAML names it. */
    String part();

    ClassTable classes();

    default Labels labels() {
        return classes().labels();
    }

    /** What its pictures are annotated for. */
    Set<Task> tasks();

    /** How many pictures there are. */
    int size();

    /**
     * A picture.
     *
     * @param index from 0; the order is always the same
     */
    Sample get(int index);

    /** What was noticed about the set as a whole: annotations without a picture, files that belong to nothing. */
    default List<String> remarks() {
        return List.of();
    }

    /** The same set with its first {@code most} pictures only; all of them if there are not so many. */
    default Dataset first(int most) {
        return new SomePictures(
                this, IntStream.range(0, Math.min(most, size())).boxed().toList());
    }

    /**
     * Opens what a YAML names.
     *
     * @param dataRoot where the files are, if not where the YAML says
     * @throws Mask2FormerException if the YAML is wrong, or the files that list the pictures cannot be read
     */
    static Dataset open(Path yaml, String part, Optional<Path> dataRoot) {
        return open(DatasetConfig.read(yaml), part, dataRoot);
    }

    /** As {@link #open(Path, String, Optional)}. */
    static Dataset open(DatasetConfig config, String part, Optional<Path> dataRoot) {
        return DatasetReader.open(config, part, dataRoot);
    }
}
