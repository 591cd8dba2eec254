package org.mask2former.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.mask2former.result.Labels;

/**
 * What label maps say of every pixel, whatever the format.
 *
 * @param labels {@code [height, width]} class ids, {@link ClassMap#IGNORE} where there is none
 * @param instances {@code [height, width]} numbers that tell things of one class apart, 0 for none
 */
record LabelPixels(int width, int height, short[] labels, int[] instances) {
    Annotation.Semantic semantic() {
        return Annotation.Semantic.of(new ClassMap(width, height, labels));
    }

    /**
     * A thing is what has one class and one instance number; stuff is one segment for each class; pixels of a thing without
     * an instance number are a crowd, as in Cityscapes ({@code createPanopticImgs.py}).
     */
    Annotation.Panoptic panoptic(Labels table) {
        record Key(int label, int instance) {}
        int[] ids = new int[labels.length];
        Map<Key, Integer> idOf = new HashMap<>();
        List<Key> keys = new ArrayList<>();
        List<long[]> areas = new ArrayList<>();
        for (int i = 0; i < ids.length; ) {
            int start = i;
            short label = labels[i];
            int instance = instances[i];
            while (i < ids.length && labels[i] == label && instances[i] == instance) {
                i++;
            }
            if (label == ClassMap.IGNORE) {
                continue;
            }
            Key key = new Key(label, table.get(label).thing() ? instance : 0);
            int id = idOf.computeIfAbsent(key, k -> {
                keys.add(k);
                areas.add(new long[1]);
                return keys.size();
            });
            areas.get(id - 1)[0] += i - start;
            Arrays.fill(ids, start, i, id);
        }
        List<PanopticMap.Entry> entries = new ArrayList<>();
        for (Key key : keys) {
            int id = entries.size() + 1;
            boolean crowd = table.get(key.label).thing() && key.instance == 0;
            entries.add(new PanopticMap.Entry(id, key.label, crowd, areas.get(id - 1)[0]));
        }
        return Annotation.Panoptic.of(new PanopticMap(width, height, ids, entries));
    }
}
