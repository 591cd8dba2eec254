package org.mask2former.result;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Leaves of a result the segments of some classes; the pixels of the others become void. */
public final class ClassFilter {
    private ClassFilter() {}

    /**
     * The result without the segments of other classes.
     *
     * @param classes ids to keep
     */
    public static Segmentation keep(Segmentation result, Set<Integer> classes) {
        List<Segment> kept = result.segments().stream()
                .filter(s -> classes.contains(s.labelId()))
                .toList();
        if (result instanceof PanopticSegmentation panoptic) {
            return keepPanoptic(panoptic, kept);
        }
        if (result instanceof SemanticSegmentation semantic) {
            return keepSemantic(semantic, kept, classes);
        }
        return new InstanceSegmentation(result.picture(), result.labels(), kept);
    }

    private static Segmentation keepPanoptic(PanopticSegmentation result, List<Segment> kept) {
        Set<Integer> ids = kept.stream().map(Segment::id).collect(Collectors.toSet());
        int[] map = result.idMap().clone();
        for (int i = 0; i < map.length; i++) {
            if (map[i] != PanopticSegmentation.VOID && !ids.contains(map[i])) {
                map[i] = PanopticSegmentation.VOID;
            }
        }
        return new PanopticSegmentation(result.picture(), result.labels(), map, kept);
    }

    private static Segmentation keepSemantic(SemanticSegmentation result, List<Segment> kept, Set<Integer> classes) {
        short nothing = (short) (result.labels().size() > SemanticPng.VOID ? SemanticPng.VOID_16 : SemanticPng.VOID);
        short[] map = result.classMap().clone();
        for (int i = 0; i < map.length; i++) {
            if (!classes.contains(map[i] & 0xffff)) {
                map[i] = nothing;
            }
        }
        return new SemanticSegmentation(result.picture(), result.labels(), map, kept);
    }
}
