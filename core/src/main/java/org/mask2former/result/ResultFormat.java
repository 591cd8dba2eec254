package org.mask2former.result;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;

/** The forms in which a result can be written. docs/results.md describes each. */
public enum ResultFormat {
    /** Everything about one picture as JSON: {@code NAME.json}. */
    JSON(".json", EnumSet.allOf(Task.class), ""),
    /** The result drawn over the picture: {@code NAME.png}. */
    OVERLAY(".png", EnumSet.allOf(Task.class), ""),
    /** COCO's result list for all pictures: {@code coco_results.json}. */
    COCO(
            "coco_results.json",
            EnumSet.of(Task.INSTANCE, Task.PANOPTIC),
            "COCO results list objects with scores, which a semantic result does not have"),
    /** COCO's panoptic form: {@code NAME.panoptic.png} and, for all pictures, {@code panoptic.json}. */
    PANOPTIC(
            ".panoptic.png",
            EnumSet.of(Task.PANOPTIC),
            "a panoptic PNG has one segment for every pixel, things and stuff"),
    /** The class of every pixel as a PNG: {@code NAME.semantic.png}. */
    SEMANTIC(
            ".semantic.png",
            EnumSet.of(Task.SEMANTIC, Task.PANOPTIC),
            "a semantic PNG has one class for every pixel, but instances may overlap"),
    /** Ultralytics' label text, one polygon for each object: {@code NAME.txt}. */
    YOLO(
            ".txt",
            EnumSet.of(Task.INSTANCE, Task.PANOPTIC),
            "YOLO text lists objects one by one, which a semantic result does not tell apart"),
    /** Polygons in pixel coordinates: {@code NAME.geojson}. */
    GEOJSON(".geojson", EnumSet.allOf(Task.class), "");

    /** The file that {@link #PANOPTIC} writes once for all pictures. */
    static final String PANOPTIC_JSON = "panoptic.json";

    private final String suffix;
    private final Set<Task> tasks;
    private final String why;

    ResultFormat(String suffix, Set<Task> tasks, String why) {
        this.suffix = suffix;
        this.tasks = tasks;
        this.why = why;
    }

    /** Whether results of this task can be written in this form. */
    public boolean fits(Task task) {
        return tasks.contains(task);
    }

    /**
     * To be asked before any work starts.
     *
     * @throws Mask2FormerException if results of this task cannot be written in this form
     */
    public void requireFits(Task task) {
        if (!fits(task)) {
            String others = String.join(
                    " or ",
                    tasks.stream().map(t -> t.name().toLowerCase(Locale.ROOT)).toList());
            throw new Mask2FormerException("results of the task " + task.name().toLowerCase(Locale.ROOT)
                    + " cannot be saved as " + name().toLowerCase(Locale.ROOT) + ": " + why + "; use the task " + others
                    + ", or another form");
        }
    }

    /** What follows the picture's name in the file's, or for {@link #COCO} the whole name. */
    String suffix() {
        return suffix;
    }

    /** Whether there is a file of its own for every picture. */
    boolean isPerPicture() {
        return this != COCO;
    }
}
