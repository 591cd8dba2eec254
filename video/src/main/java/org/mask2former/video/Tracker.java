package org.mask2former.video;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.mask2former.result.InstanceSegmentation;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.Segment;
import org.mask2former.result.Segmentation;
import org.mask2former.result.SemanticSegmentation;

/**
 * Gives the segments of a film's frames ids that stay: a thing keeps its id while it moves, while it is partly hidden, and
 * when it comes back within a second. Ids count from 1 as things and kinds of stuff appear, and are not used again. Segments
 * are matched with those of the frames before by class and by the overlap of their masks, each moved on by its velocity;
 * the best matches first. Semantic results have ids that stay anyway. One tracker for each film, for one thread.
 */
public final class Tracker {
    private static final double MOST_GAP_SECONDS = 1;
    /** For films of which few frames are looked at. */
    private static final int MOST_GAP_FRAMES = 3;

    private static final int NONE = -1;

    private final List<Track> tracks = new ArrayList<>();
    private int lastId;

    private record Match(int track, int segment, double score) {}

    /**
     * The result of the next frame, with its segments' ids replaced. All frames have one size.
     *
     * @param seconds the frame's time, later than that of the frame before
     */
    public Tracked next(Segmentation result, double seconds) {
        if (result instanceof SemanticSegmentation) {
            return new Tracked(result, Map.of());
        }
        List<Segment> segments = result.segments();
        int[] matched = match(segments, seconds);
        List<Track> ofSegments = new ArrayList<>();
        for (int i = 0; i < matched.length; i++) {
            if (matched[i] == NONE) {
                ofSegments.add(begin(segments.get(i), seconds));
            } else {
                Track track = tracks.get(matched[i]);
                track.see(segments.get(i), seconds);
                ofSegments.add(track);
            }
        }
        forget(Set.copyOf(ofSegments), seconds);
        return tracked(result, ofSegments);
    }

    /** How many tracks are kept in mind. */
    int size() {
        return tracks.size();
    }

    /** The place of each segment's track in {@link #tracks}, or {@link #NONE}. */
    private int[] match(List<Segment> segments, double seconds) {
        List<Match> matches = new ArrayList<>();
        for (int t = 0; t < tracks.size(); t++) {
            for (int s = 0; s < segments.size(); s++) {
                double score = tracks.get(t).score(segments.get(s), seconds);
                if (score > 0) {
                    matches.add(new Match(t, s, score));
                }
            }
        }
        matches.sort(Comparator.comparingDouble(Match::score)
                .reversed()
                .thenComparingInt(Match::track)
                .thenComparingInt(Match::segment));
        int[] trackOf = new int[segments.size()];
        Arrays.fill(trackOf, NONE);
        boolean[] taken = new boolean[tracks.size()];
        for (Match match : matches) {
            if (trackOf[match.segment()] == NONE && !taken[match.track()]) {
                trackOf[match.segment()] = match.track();
                taken[match.track()] = true;
            }
        }
        return trackOf;
    }

    private Track begin(Segment segment, double seconds) {
        Set<Integer> used = tracks.stream()
                .filter(t -> t.labelId() == segment.labelId())
                .map(Track::variation)
                .collect(Collectors.toSet());
        int variation = 0;
        while (segment.thing() && used.contains(variation)) variation++;
        Track track = new Track(++lastId, variation, segment, seconds);
        tracks.add(track);
        return track;
    }

    /** Things that have not been seen for long are gone; stuff comes back. */
    private void forget(Set<Track> seen, double seconds) {
        tracks.stream().filter(t -> !seen.contains(t)).forEach(Track::miss);
        tracks.removeIf(t -> t.isThing() && t.gap(seconds) > MOST_GAP_SECONDS && t.missed() > MOST_GAP_FRAMES);
    }

    private static Tracked tracked(Segmentation result, List<Track> ofSegments) {
        Map<Integer, Integer> newIds = new HashMap<>();
        Map<Integer, Integer> variations = new HashMap<>();
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < ofSegments.size(); i++) {
            Segment s = result.segments().get(i);
            Track track = ofSegments.get(i);
            newIds.put(s.id(), track.id());
            variations.put(track.id(), track.variation());
            segments.add(
                    new Segment(track.id(), s.labelId(), s.label(), s.thing(), s.score(), s.area(), s.box(), s.mask()));
        }
        if (result instanceof PanopticSegmentation panoptic) {
            int[] map = replace(panoptic.idMap(), newIds);
            return new Tracked(new PanopticSegmentation(result.picture(), result.labels(), map, segments), variations);
        }
        return new Tracked(new InstanceSegmentation(result.picture(), result.labels(), segments), variations);
    }

    private static int[] replace(int[] ids, Map<Integer, Integer> newIds) {
        int[] replaced = new int[ids.length];
        int last = PanopticSegmentation.VOID;
        int with = PanopticSegmentation.VOID;
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] != last) {
                last = ids[i];
                with = newIds.getOrDefault(last, PanopticSegmentation.VOID);
            }
            replaced[i] = with;
        }
        return replaced;
    }
}
