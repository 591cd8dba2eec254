package org.mask2former.data;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.mask2former.result.PanopticSegmentation;

/**
 * Which segment every pixel belongs to: the truth of a picture, or what was predicted for it. Immutable.
 *
 * @param ids {@code [height, width]} segment ids, row-major, 0 for void. Not a copy: read only
 * @param segments what the ids mean, ids unique and not 0
 */
public record PanopticMap(int width, int height, int[] ids, List<Entry> segments) {
    public static final int VOID = PanopticSegmentation.VOID;

    /**
     * One segment.
     *
     * @param id the value of its pixels
     * @param labelId its class, from 0
     * @param crowd whether it stands for several things that nobody told apart (COCO's {@code iscrowd})
     * @param area its pixels, as the annotation says
     */
    public record Entry(int id, int labelId, boolean crowd, long area) {}

    public PanopticMap {
        if (ids.length != (long) width * height) {
            throw new IllegalArgumentException(
                    "a map of " + width + "×" + height + " does not have " + ids.length + " pixels");
        }
        segments = List.copyOf(segments);
        Map<Integer, Entry> seen = new HashMap<>();
        for (Entry segment : segments) {
            if (segment.id == VOID || seen.put(segment.id, segment) != null) {
                throw new IllegalArgumentException(
                        "segment id " + segment.id + (segment.id == VOID ? " means void" : " is there twice"));
            }
        }
    }

    /** A prediction as a map; nothing in it is a crowd. */
    public static PanopticMap of(PanopticSegmentation prediction) {
        List<Entry> segments = prediction.segments().stream()
                .map(s -> new Entry(s.id(), s.labelId(), false, s.area()))
                .toList();
        return new PanopticMap(
                prediction.picture().width(), prediction.picture().height(), prediction.idMap(), segments);
    }

    /**
     * The class of every pixel, {@code [height, width]}, row-major; {@link ClassMap#IGNORE} where void. Crowds count with
     * their class, as in the original's semantic annotation of COCO ({@code prepare_coco_semantic_annos_from_panoptic_annos.py}).
     */
    public ClassMap classMap() {
        Map<Integer, Short> labelOf = new HashMap<>();
        labelOf.put(VOID, ClassMap.IGNORE);
        segments.forEach(s -> labelOf.put(s.id, (short) s.labelId));
        short[] labels = new short[ids.length];
        int last = VOID;
        short label = ClassMap.IGNORE;
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] != last) {
                last = ids[i];
                label = labelOf.getOrDefault(last, ClassMap.IGNORE);
            }
            labels[i] = label;
        }
        return new ClassMap(width, height, labels);
    }
}
