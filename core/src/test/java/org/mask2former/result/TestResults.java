package org.mask2former.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.mask2former.image.Image;

/** Small results for tests. */
final class TestResults {
    static final Labels LABELS = Labels.of(List.of(
            new Label(0, "person", true, 0xDC143C, 1),
            new Label(1, "car", true, 0x00008E, 3),
            new Label(2, "sky-other-merged", false, 0x4682B4, 187),
            new Label(3, "road", false, 0x804080, 149)));

    private TestResults() {}

    /** A picture of noise. */
    static Image picture(int width, int height, long seed) {
        byte[] rgb = new byte[3 * width * height];
        new Random(seed).nextBytes(rgb);
        return Image.ofRgb(width, height, rgb);
    }

    /** Segments from a map of ids (0 is void) and the class of each id. */
    static PanopticSegmentation panoptic(int width, int height, int[] ids, Map<Integer, Integer> classes) {
        List<Segment> segments = new ArrayList<>();
        SortedMap<Integer, CocoRle> masks = new TreeMap<>(CocoRle.encodeAll(height, width, ids));
        masks.remove(PanopticSegmentation.VOID);
        masks.forEach(
                (id, mask) -> segments.add(Segment.of(id, LABELS.get(classes.get(id)), 1 - 0.0123456789 * id, mask)));
        return new PanopticSegmentation(picture(width, height, 1), LABELS, ids, segments);
    }

    /** Instances from rows of text for each, inside where {@code #}. */
    static InstanceSegmentation instances(int[] classes, String[]... masks) {
        int width = masks[0][0].length();
        int height = masks[0].length;
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < masks.length; i++) {
            segments.add(Segment.of(i + 1, LABELS.get(classes[i]), 0.9 - 0.1 * i, mask(masks[i])));
        }
        return new InstanceSegmentation(picture(width, height, 2), LABELS, segments);
    }

    static CocoRle mask(String... rows) {
        byte[] mask = new byte[rows.length * rows[0].length()];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (byte) (rows[i / rows[0].length()].charAt(i % rows[0].length()) == '#' ? 1 : 0);
        }
        return CocoRle.encode(rows.length, rows[0].length(), mask);
    }

    static CocoRle noise(int width, int height, double density, Random random) {
        boolean[] mask = new boolean[width * height];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = random.nextDouble() < density;
        }
        return CocoRle.encode(height, width, mask);
    }

    static SemanticSegmentation semantic(int width, int height, short[] classes) {
        List<Segment> segments = new ArrayList<>();
        CocoRle.encodeAll(height, width, classes)
                .forEach((id, mask) -> segments.add(Segment.of(segments.size() + 1, LABELS.get(id), 1, mask)));
        return new SemanticSegmentation(picture(width, height, 3), LABELS, classes, segments);
    }

    /**
     * Sky above road, with {@code people} people in a row, and the leftmost twentieth void: ids 1 and 2 are the sky and the
     * road, 3 and on the people.
     */
    static PanopticSegmentation street(int width, int height, int people) {
        int[] ids = new int[width * height];
        Map<Integer, Integer> classes = new TreeMap<>(Map.of(1, 2, 2, 3));
        for (int i = 0; i < ids.length; i++) {
            int x = i % width;
            int y = i / width;
            ids[i] = x < width / 20 ? 0 : y < height / 2 ? 1 : 2;
            if (people > 0 && y > height / 3 && y < height * 3 / 4 && x >= width / 20) {
                int column = (x - width / 20) * 2 * people / (width - width / 20);
                if (column % 2 == 1) {
                    ids[i] = 3 + column / 2;
                }
            }
        }
        for (int i = 0; i < people; i++) {
            classes.put(3 + i, 0);
        }
        return panoptic(width, height, ids, classes);
    }
}
