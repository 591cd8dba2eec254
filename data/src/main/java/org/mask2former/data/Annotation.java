package org.mask2former.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.mask2former.Task;
import org.mask2former.result.CocoRle;
import org.mask2former.result.Labels;

/** What is truly in a picture, in the picture's own pixels. Immutable. */
public sealed interface Annotation {
    int width();

    int height();

    /** The segments; crowds and empty masks included. */
    List<AnnotatedSegment> segments();

    Task task();

    /**
     * Things one by one.
     *
     * @param segments in the order of the annotation; their masks may overlap
     */
    record Instances(int width, int height, List<AnnotatedSegment> segments) implements Annotation {
        public Instances {
            segments = List.copyOf(segments);
        }

        @Override
        public Task task() {
            return Task.INSTANCE;
        }
    }

    /** Things one by one and stuff as a whole; what no segment covers is void, and left out of measures. */
    record Panoptic(PanopticMap map, List<AnnotatedSegment> segments) implements Annotation {
        public Panoptic {
            segments = List.copyOf(segments);
        }

        public static Panoptic of(PanopticMap map) {
            Map<Integer, CocoRle> masks = CocoRle.encodeAll(map.height(), map.width(), map.ids());
            List<AnnotatedSegment> segments = new ArrayList<>();
            for (PanopticMap.Entry entry : map.segments()) {
                CocoRle mask = masks.get(entry.id());
                CocoRle pixels = mask == null ? CocoRle.empty(map.height(), map.width()) : mask;
                segments.add(new AnnotatedSegment(
                        entry.id(),
                        entry.labelId(),
                        entry.crowd(),
                        pixels,
                        entry.area(),
                        AnnotatedSegment.box(pixels)));
            }
            return new Panoptic(map, segments);
        }

        @Override
        public int width() {
            return map.width();
        }

        @Override
        public int height() {
            return map.height();
        }

        @Override
        public Task task() {
            return Task.PANOPTIC;
        }

        /** The things alone. */
        public Instances instances(Labels labels) {
            return new Instances(
                    width(),
                    height(),
                    segments.stream()
                            .filter(s -> labels.get(s.labelId()).thing())
                            .toList());
        }

        /** The classes alone. */
        public Semantic semantic() {
            return Semantic.of(map.classMap());
        }
    }

    /** A class for every pixel; what has none is left out of measures. One segment for each class that has pixels. */
    record Semantic(ClassMap map, List<AnnotatedSegment> segments) implements Annotation {
        public Semantic {
            segments = List.copyOf(segments);
        }

        public static Semantic of(ClassMap map) {
            List<AnnotatedSegment> segments = new ArrayList<>();
            CocoRle.encodeAll(map.height(), map.width(), map.labels()).forEach((label, mask) -> {
                if (label != ClassMap.IGNORE) {
                    segments.add(AnnotatedSegment.of(label + 1, label, false, mask));
                }
            });
            return new Semantic(map, segments);
        }

        @Override
        public int width() {
            return map.width();
        }

        @Override
        public int height() {
            return map.height();
        }

        @Override
        public Task task() {
            return Task.SEMANTIC;
        }
    }
}
