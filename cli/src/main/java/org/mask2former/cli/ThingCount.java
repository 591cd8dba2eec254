package org.mask2former.cli;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.mask2former.result.Segment;
import org.mask2former.result.SemanticSegmentation;
import org.mask2former.video.FrameResult;
import org.mask2former.video.FrameSink;

/** How many things of which kind were seen in a film, each counted once. */
final class ThingCount implements FrameSink {
    private final Map<String, Integer> counts = new TreeMap<>();
    private int lastId;

    @Override
    public void accept(FrameResult frame) {
        if (frame.tracked().result() instanceof SemanticSegmentation) {
            return; // which does not tell one from another
        }
        int newest = lastId; // ids ascend as things appear
        for (Segment segment : frame.tracked().result().segments()) {
            if (segment.thing() && segment.id() > lastId) {
                counts.merge(segment.label(), 1, Integer::sum);
            }
            newest = Math.max(newest, segment.id());
        }
        lastId = newest;
    }

    @Override
    public void finish(boolean complete) {}

    /** Such as {@code 2 person, car}; empty if there were none. */
    @Override
    public String toString() {
        return counts.entrySet().stream()
                .map(e -> e.getValue() == 1 ? e.getKey() : e.getValue() + " " + e.getKey())
                .collect(Collectors.joining(", "));
    }
}
