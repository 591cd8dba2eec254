package org.mask2former.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mask2former.Mask2FormerException;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;

/**
 * Which class of a data set each class of a model is: the one of the same name, or where both have equally many classes that
 * are nowhere out of order, the one in the same place. Immutable.
 */
public final class LabelMapping {
    private final int[] dataLabelOf;
    private final List<String> remarks;

    private LabelMapping(int[] dataLabelOf, List<String> remarks) {
        this.dataLabelOf = dataLabelOf;
        this.remarks = List.copyOf(remarks);
    }

    /**
     * Pairs the classes of a model with those of a data set by their names.
     *
     * @throws Mask2FormerException if the two have no class in common
     */
    public static LabelMapping of(Labels model, Labels data) {
        Map<String, Integer> byName = new HashMap<>();
        data.list().forEach(l -> byName.putIfAbsent(normal(l.name()), l.id()));
        int[] mapped = new int[model.size()];
        for (Label label : model.list()) {
            mapped[label.id()] = byName.getOrDefault(normal(label.name()), -1);
        }
        boolean inOrder = model.size() == data.size();
        for (int i = 0; i < mapped.length; i++) {
            inOrder &= mapped[i] == -1 || mapped[i] == i;
        }
        List<String> remarks = new ArrayList<>();
        if (inOrder) {
            List<String> renamed = new ArrayList<>();
            for (int i = 0; i < mapped.length; i++) {
                if (mapped[i] == -1) {
                    renamed.add("'" + model.get(i).name() + "' is taken for '"
                            + data.get(i).name() + "'");
                }
                mapped[i] = i;
            }
            if (!renamed.isEmpty()) {
                remarks.add("classes named otherwise in model and data set: " + shorten(renamed));
            }
            return new LabelMapping(mapped, remarks);
        }
        if (Arrays.stream(mapped).allMatch(m -> m == -1)) {
            throw new Mask2FormerException("the model (" + names(model) + ") has no class of the data set ("
                    + names(data) + "); it must be trained for these classes first");
        }
        List<String> unknown = model.list().stream()
                .filter(l -> mapped[l.id()] == -1)
                .map(Label::name)
                .toList();
        List<String> unlearnt = data.list().stream()
                .filter(l -> Arrays.stream(mapped).noneMatch(m -> m == l.id()))
                .map(Label::name)
                .toList();
        if (!unknown.isEmpty()) {
            remarks.add("classes that the data set lacks, left out: " + shorten(unknown));
        }
        if (!unlearnt.isEmpty()) {
            remarks.add("classes that the model lacks, always missed: " + shorten(unlearnt));
        }
        return new LabelMapping(mapped, remarks);
    }

    private static String normal(String name) {
        return name.strip().toLowerCase(Locale.ROOT);
    }

    private static String names(Labels labels) {
        return shorten(labels.list().stream().map(Label::name).toList());
    }

    private static String shorten(List<String> names) {
        int shown = Math.min(names.size(), 5);
        return String.join(", ", names.subList(0, shown))
                + (names.size() > shown ? " and " + (names.size() - shown) + " more" : "");
    }

    /** The data set's class, -1 if it has none. */
    public int of(int modelLabel) {
        return dataLabelOf[modelLabel];
    }

    /** What a person should know: classes without a counterpart. */
    public List<String> remarks() {
        return remarks;
    }

    /** A panoptic result in the data set's classes; segments of classes that it lacks become void. */
    PanopticMap apply(PanopticMap prediction) {
        int[] ids = prediction.ids();
        List<PanopticMap.Entry> kept = new ArrayList<>();
        for (PanopticMap.Entry entry : prediction.segments()) {
            int label = of(entry.labelId());
            if (label >= 0) {
                kept.add(new PanopticMap.Entry(entry.id(), label, entry.crowd(), entry.area()));
            } else {
                ids = ids == prediction.ids() ? ids.clone() : ids;
                for (int i = 0; i < ids.length; i++) {
                    ids[i] = ids[i] == entry.id() ? PanopticMap.VOID : ids[i];
                }
            }
        }
        return new PanopticMap(prediction.width(), prediction.height(), ids, kept);
    }

    /** A semantic result in the data set's classes; pixels of classes that it lacks have none. */
    ClassMap apply(ClassMap prediction) {
        short[] labels = new short[prediction.labels().length];
        for (int i = 0; i < labels.length; i++) {
            short label = prediction.labels()[i];
            labels[i] = label == ClassMap.IGNORE ? ClassMap.IGNORE : (short) of(label);
        }
        return new ClassMap(prediction.width(), prediction.height(), labels);
    }
}
