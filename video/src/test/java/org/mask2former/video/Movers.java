package org.mask2former.video;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.mask2former.image.Image;
import org.mask2former.result.CocoRle;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segment;

/**
 * A model for films of a camera that stands still: what differs from the background is a car. Its masks are ragged, grow
 * together with shadows and break, as no trained model's do.
 */
final class Movers {
    private static final int SAMPLES = 15;
    private static final double DIFFERENT = 0.3;
    private static final int REACH = 4;
    private static final int LEAST_AREA = 1500;

    private final int width;
    private final int height;
    private final float[] background;

    private Movers(int width, int height, float[] background) {
        this.width = width;
        this.height = height;
        this.background = background;
    }

    /** Learns the background of a film: the median of some of its frames. */
    static Movers of(Path film) {
        List<float[]> samples = new ArrayList<>();
        try (FilmReader reader = FilmReader.open(film, 0)) {
            long step = reader.frames().orElseThrow() / SAMPLES;
            while (reader.next()) {
                if (reader.index() % step == 0) samples.add(grey(reader.image()));
            }
            float[] background = new float[samples.get(0).length];
            float[] values = new float[samples.size()];
            for (int i = 0; i < background.length; i++) {
                for (int s = 0; s < values.length; s++) values[s] = samples.get(s)[i];
                Arrays.sort(values);
                background[i] = values[values.length / 2];
            }
            return new Movers(reader.width(), reader.height(), background);
        }
    }

    private static float[] grey(Image image) {
        float[] grey = new float[image.width() * image.height()];
        for (int i = 0; i < grey.length; i++) {
            grey[i] =
                    1 + (image.rgb()[3 * i] & 0xff) + (image.rgb()[3 * i + 1] & 0xff) + (image.rgb()[3 * i + 2] & 0xff);
        }
        return grey;
    }

    PanopticSegmentation segment(Image image, Prediction prediction) {
        float[] ratio = grey(image);
        for (int i = 0; i < ratio.length; i++) ratio[i] /= background[i];
        float[] sorted = ratio.clone();
        Arrays.sort(sorted);
        float exposure = sorted[sorted.length / 2]; // which the camera changes
        boolean[] near = new boolean[ratio.length];
        for (int i = 0; i < ratio.length; i++) {
            if (Math.abs(ratio[i] / exposure - 1) > DIFFERENT) mark(near, i % width, i / width);
        }
        int[] ids = new int[ratio.length];
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            if (near[i] && ids[i] == 0) {
                int id = segments.size() + 1;
                int area = flood(near, ids, i, id);
                if (area < LEAST_AREA) {
                    flood(new boolean[0], ids, i, -1);
                } else {
                    CocoRle mask = CocoRle.encode(height, width, ids, id);
                    segments.add(Segment.of(id, Scene.LABELS.get(0), 0.9, mask));
                }
            }
        }
        for (int i = 0; i < ids.length; i++) ids[i] = Math.max(0, ids[i]);
        return new PanopticSegmentation(image, Scene.LABELS, ids, segments);
    }

    private void mark(boolean[] near, int x, int y) {
        for (int v = Math.max(0, y - REACH); v <= Math.min(height - 1, y + REACH); v++) {
            Arrays.fill(near, v * width + Math.max(0, x - REACH), v * width + Math.min(width, x + REACH + 1), true);
        }
    }

    /** Gives a connected piece an id; a piece that has one already if {@code near} is empty. */
    private int flood(boolean[] near, int[] ids, int start, int id) {
        int old = ids[start];
        Deque<Integer> open = new ArrayDeque<>(List.of(start));
        ids[start] = id;
        int area = 0;
        while (!open.isEmpty()) {
            int i = open.pop();
            area++;
            int x = i % width;
            int[] neighbours = {x > 0 ? i - 1 : -1, x + 1 < width ? i + 1 : -1, i - width, i + width};
            for (int n : neighbours) {
                if (n >= 0 && n < ids.length && ids[n] == old && (near.length == 0 || near[n])) {
                    ids[n] = id;
                    open.push(n);
                }
            }
        }
        return area;
    }
}
