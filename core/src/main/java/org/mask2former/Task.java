package org.mask2former;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What is asked of a picture. */
public enum Task {
    /** A class for every pixel. */
    SEMANTIC,
    /** Things one by one; masks may overlap. */
    INSTANCE,
    /** Things one by one and stuff as a whole, every pixel at most once. */
    PANOPTIC;

    /**
     * The task that a model is trained for, if its name ends in it, as the names on the hub do.
     *
     * @param model a name on the hub, with or without a revision, or a path
     */
    public static Optional<Task> named(String model) {
        String name =
                model.replaceFirst("@.*", "").replaceFirst("[/\\\\]+$", "").toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(task -> name.endsWith("-" + task.name().toLowerCase(Locale.ROOT)))
                .findFirst();
    }
}
