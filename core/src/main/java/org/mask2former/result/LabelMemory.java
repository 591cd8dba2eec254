package org.mask2former.result;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where the labels stood in a film's frame before, so that they stay there rather than jump to wherever there is most room:
 * see {@link Overlay#draw(Segmentation, java.util.function.ToIntFunction, LabelMemory)}. Ids tell which segment is which.
 * One for each film, for one thread.
 */
public final class LabelMemory {
    private Map<Integer, Point> before = Map.of();
    private Map<Integer, Point> now = new HashMap<>();

    /** The middle of a label, in pixels. */
    record Point(double x, double y) {}

    /** A frame begins: what is not seen in it is forgotten. */
    void nextFrame() {
        before = now;
        now = new HashMap<>();
    }

    /** Where a segment's label should stand: things take theirs with them. */
    Optional<Point> recall(Segment segment) {
        return Optional.ofNullable(before.get(segment.id()))
                .map(p -> new Point(p.x() + originX(segment), p.y() + originY(segment)));
    }

    void keep(Segment segment, Box label) {
        now.put(
                segment.id(),
                new Point(
                        label.x() + label.width() / 2.0 - originX(segment),
                        label.y() + label.height() / 2.0 - originY(segment)));
    }

    private static double originX(Segment segment) {
        return segment.thing() ? segment.box().x() + segment.box().width() / 2.0 : 0;
    }

    private static double originY(Segment segment) {
        return segment.thing() ? segment.box().y() + segment.box().height() / 2.0 : 0;
    }
}
