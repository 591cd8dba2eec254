package org.mask2former.result;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.mask2former.Mask2FormerException;

/**
 * The classes of a model, by id: names, things and stuff, colours. No two classes have the same colour: where a table
 * gives two the same (ADE20K's road and skyscraper), the later one is moved to a free one nearby. Immutable.
 *
 * @param list the classes in the order of their ids, which are 0, 1, 2, …
 */
public record Labels(List<Label> list) {
    public Labels {
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i).id() != i) {
                throw new Mask2FormerException("class ids must be 0, 1, 2, … in order, but number " + i + " (\""
                        + list.get(i).name() + "\") has id " + list.get(i).id());
            }
        }
        list = List.copyOf(LabelColors.separate(list));
    }

    public static Labels of(List<Label> list) {
        return new Labels(list);
    }

    /**
     * The table of a data set: {@code coco_panoptic_133}, {@code coco_instance_80}, {@code ade20k_150},
     * {@code cityscapes_19} or {@code mapillary_vistas_65}.
     *
     * @throws Mask2FormerException if there is no such table
     */
    public static Labels table(String name) {
        return LabelTables.get(name);
    }

    /** The names that {@link #table} knows. */
    public static List<String> tables() {
        return LabelTables.NAMES;
    }

    /**
     * The classes of a checkpoint that has only names ({@code id2label}). A known data set is recognised by them (a few may
     * be spelled otherwise) and gives colours, things and stuff, and its own ids. For other sets the colours are chosen far
     * apart, always the same ones, and every class counts as a thing: see {@link #withThings} to say it otherwise. The
     * names stay as given.
     *
     * @param id2label names by id
     */
    public static Labels forNames(List<String> id2label) {
        return LabelTables.forNames(id2label);
    }

    /**
     * Reads a {@code labels.json}: an array of objects with {@code id}, {@code name}, {@code isthing} (0 or 1), and
     * optionally {@code color} ({@code [r, g, b]}) and {@code dataset_id}.
     *
     * @throws Mask2FormerException if it cannot be read or is not of this form
     */
    public static Labels read(Path file) {
        return LabelTables.read(file);
    }

    /** Writes the form that {@link #read} reads. */
    public void write(Path file) throws IOException {
        LabelTables.write(this, file);
    }

    /** The name of the {@link #table} that these classes are, whatever their spelling; empty if they are none. */
    public Optional<String> dataset() {
        return LabelTables.tableOf(this);
    }

    /** These classes, where exactly those with the given ids are things. */
    public Labels withThings(Set<Integer> thingIds) {
        for (int id : thingIds) get(id);
        List<Label> changed = new ArrayList<>();
        for (Label label : list) changed.add(label.withThing(thingIds.contains(label.id())));
        return new Labels(changed);
    }

    /**
     * The class with this id.
     *
     * @throws Mask2FormerException if there is none
     */
    public Label get(int id) {
        if (id < 0 || id >= list.size()) {
            throw new Mask2FormerException("there is no class " + id + "; there are " + list.size() + ", from 0 on");
        }
        return list.get(id);
    }

    public int size() {
        return list.size();
    }
}
