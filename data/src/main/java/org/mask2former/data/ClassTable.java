package org.mask2former.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.mask2former.Mask2FormerException;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;

/**
 * The classes of a data set: what their numbers in its files mean, which numbers are left out, and which colours stand for
 * them. Immutable.
 */
public final class ClassTable {
    private final List<DatasetClass> classes;
    private final Labels labels;
    private final Set<Integer> ignored;
    private final Set<Integer> ignoredColors;
    private final Map<Integer, Integer> labelOfId = new HashMap<>();

    /**
     * @param classes in the order of the labels' ids
     * @param ignored numbers in label maps that mean "no class"
     * @param ignoredColors colours 0xRRGGBB in label maps that mean "no class"
     */
    public ClassTable(List<DatasetClass> classes, Set<Integer> ignored, Set<Integer> ignoredColors) {
        this.classes = List.copyOf(classes);
        this.ignored = Set.copyOf(ignored);
        this.ignoredColors = Set.copyOf(ignoredColors);
        Labels chosen = Labels.forNames(classes.stream().map(DatasetClass::name).toList());
        List<Label> list = new ArrayList<>();
        for (DatasetClass c : classes) {
            int label = list.size();
            int rgb = c.rgb().orElse(chosen.get(label).rgb());
            list.add(new Label(label, c.name(), c.thing(), rgb, c.id()));
            if (labelOfId.put(c.id(), label) != null) {
                throw new Mask2FormerException(
                        "two classes have the id " + c.id() + ", one of them is '" + c.name() + "'");
            }
        }
        this.labels = new Labels(list);
    }

    /** As the data set describes them, by label id. */
    public List<DatasetClass> classes() {
        return classes;
    }

    /** As models and evaluators take them. */
    public Labels labels() {
        return labels;
    }

    /** The label of a number in the files, {@link ClassMap#IGNORE} if it is left out, empty if it is unknown. */
    public OptionalInt labelOf(int id) {
        Integer label = labelOfId.get(id);
        if (label != null) {
            return OptionalInt.of(label);
        }
        return ignored.contains(id) ? OptionalInt.of(ClassMap.IGNORE) : OptionalInt.empty();
    }

    /** Whether a colour 0xRRGGBB in a label map means "no class". */
    boolean ignoresColor(int rgb) {
        return ignoredColors.contains(rgb);
    }
}
