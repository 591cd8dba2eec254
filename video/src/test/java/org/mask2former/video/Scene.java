package org.mask2former.video;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleFunction;
import org.mask2former.image.Image;
import org.mask2former.result.CocoRle;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.Segment;

/**
 * A film of rectangles that is never drawn: for every moment it gives the panoptic result that a model would give, so that
 * it is known which segment is which thing. Later actors stand in front of earlier ones.
 */
final class Scene {
    static final Labels LABELS = Labels.of(List.of(
            new Label(0, "car", true, 0x00008E, 0),
            new Label(1, "person", true, 0xDC143C, 1),
            new Label(2, "road", false, 0x804080, 2),
            new Label(3, "sky", false, 0x4682B4, 3)));

    /** Where an actor is at a time: x, y of its middle, width, height; empty while it is away. */
    interface Path extends DoubleFunction<Optional<double[]>> {}

    private record Actor(int labelId, Path path) {}

    private final int width;
    private final int height;
    private final List<Actor> actors = new ArrayList<>();
    private final List<int[]> posts = new ArrayList<>();
    private final Random random;
    private double jitter;
    private double misses;

    Scene(int width, int height, long seed) {
        this.width = width;
        this.height = height;
        random = new Random(seed);
    }

    /** An actor that goes straight on, in pixels a second. */
    Scene moving(int labelId, double x, double y, double w, double h, double vx, double vy) {
        return with(labelId, t -> Optional.of(new double[] {x + vx * t, y + vy * t, w, h}));
    }

    Scene with(int labelId, Path path) {
        actors.add(new Actor(labelId, path));
        return this;
    }

    /** Something of the road's class that stands before all actors. */
    Scene post(int left, int top, int w, int h) {
        posts.add(new int[] {left, top, left + w, top + h});
        return this;
    }

    /** Masks are off by up to so many pixels at each side, as a model's are. */
    Scene jitter(double pixels) {
        jitter = pixels;
        return this;
    }

    /** An actor is overlooked with this probability in a frame. */
    Scene misses(double probability) {
        misses = probability;
        return this;
    }

    /** A frame's result, with segments in random order and ids that mean nothing; and which actor each segment is. */
    record Frame(PanopticSegmentation result, Map<Integer, Integer> actorOfSegment) {}

    Frame at(double seconds) {
        int[] map = new int[width * height];
        Arrays.fill(map, 0, width * (height / 2), 2);
        Arrays.fill(map, width * (height / 2), map.length, 1);
        for (int a = 0; a < actors.size(); a++) {
            Optional<double[]> place = actors.get(a).path().apply(seconds);
            if (place.isPresent() && random.nextDouble() >= misses) {
                double[] p = place.get();
                fill(map, p[0] - p[2] / 2, p[1] - p[3] / 2, p[0] + p[2] / 2, p[1] + p[3] / 2, 10 + a, jitter);
            }
        }
        for (int[] post : posts) fill(map, post[0], post[1], post[2], post[3], 1, 0);
        List<Segment> segments = new ArrayList<>();
        Map<Integer, Integer> actorOf = new HashMap<>();
        for (var entry : CocoRle.encodeAll(height, width, map).entrySet()) {
            int id = entry.getKey();
            int label = id == 1 ? 2 : id == 2 ? 3 : actors.get(id - 10).labelId();
            if (id >= 10) {
                actorOf.put(segments.size(), id - 10);
            }
            segments.add(Segment.of(id, LABELS.get(label), 0.9, entry.getValue()));
        }
        return shuffled(map, segments, actorOf);
    }

    private Frame shuffled(int[] map, List<Segment> segments, Map<Integer, Integer> actorOf) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) order.add(i);
        java.util.Collections.shuffle(order, random);
        int[] newIds = new int[10 + actors.size()];
        List<Segment> shuffled = new ArrayList<>();
        Map<Integer, Integer> actorOfShuffled = new HashMap<>();
        for (int i : order) {
            Segment s = segments.get(i);
            int id = shuffled.size() + 1;
            newIds[s.id()] = id;
            if (actorOf.containsKey(i)) {
                actorOfShuffled.put(shuffled.size(), actorOf.get(i));
            }
            shuffled.add(Segment.of(id, LABELS.get(s.labelId()), s.score(), s.mask()));
        }
        int[] ids = Arrays.stream(map).map(i -> newIds[i]).toArray();
        Image picture = Image.ofRgb(width, height, new byte[3 * width * height]);
        return new Frame(new PanopticSegmentation(picture, LABELS, ids, shuffled), actorOfShuffled);
    }

    private void fill(int[] map, double x0, double y0, double x1, double y1, int id, double noise) {
        int left = (int) Math.max(0, Math.round(x0 + noise()));
        int right = (int) Math.min(width, Math.round(x1 + noise()));
        int top = (int) Math.max(0, Math.round(y0 + noise()));
        int bottom = (int) Math.min(height, Math.round(y1 + noise()));
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) map[y * width + x] = id;
        }
    }

    private double noise() {
        return jitter * (2 * random.nextDouble() - 1);
    }

    /** What became of the actors: how often one's id changed, and how many ids went from one to another. */
    record Outcome(int switches, int ids, int stuffSwitches) {}

    /** Shows the film to a tracker. */
    Outcome play(double fps, double seconds) {
        Tracker tracker = new Tracker();
        Map<Integer, Integer> idOfActor = new HashMap<>();
        Map<Integer, Integer> idOfStuff = new HashMap<>();
        List<Integer> thingIds = new ArrayList<>();
        int switches = 0;
        int stuffSwitches = 0;
        for (int i = 0; i / fps < seconds; i++) {
            Frame frame = at(i / fps);
            List<Segment> tracked =
                    tracker.next(frame.result(), i / fps).result().segments();
            for (int s = 0; s < tracked.size(); s++) {
                int id = tracked.get(s).id();
                if (frame.actorOfSegment().containsKey(s)) {
                    Integer before = idOfActor.put(frame.actorOfSegment().get(s), id);
                    if (before != null && before != id) switches++;
                    if (!thingIds.contains(id)) thingIds.add(id);
                } else {
                    Integer before = idOfStuff.put(tracked.get(s).labelId(), id);
                    if (before != null && before != id) stuffSwitches++;
                }
            }
        }
        return new Outcome(switches, thingIds.size(), stuffSwitches);
    }
}
