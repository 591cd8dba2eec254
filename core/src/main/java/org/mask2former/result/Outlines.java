package org.mask2former.result;

import java.util.Arrays;

/**
 * How far each pixel lies from the edge of its segment, as far as an outline reaches. The work grows with the length of
 * the edges, not with the number of segments.
 */
final class Outlines {
    /** Distances are held in sixteenths of a pixel in a byte. */
    private static final int PER_PIXEL = 16;

    private static final int FAR = 255;
    static final int MAX_RADIUS = FAR / PER_PIXEL - 1;

    private Outlines() {}

    /** How much of a pixel a line of this thickness covers, from 0 to 256, for each value of {@link #distances}. */
    static int[] coverage(double thickness) {
        int[] coverage = new int[FAR + 1];
        for (int i = 0; i < FAR; i++) {
            double covered = thickness + 1 - (double) i / PER_PIXEL;
            coverage[i] = (int) Math.round(256 * Math.max(0, Math.min(1, covered)));
        }
        return coverage;
    }

    /**
     * The distance of each pixel to the nearest pixel of an owner of lower rank, from 1, in sixteenths; 255 beyond the
     * radius.
     *
     * @param rank of each owner, none (0) first; of two neighbours the one with the higher rank gets the line
     */
    static byte[] distances(SegmentMap map, int[] rank, int radius) {
        byte[] distance = new byte[map.owner().length];
        Arrays.fill(distance, (byte) FAR);
        int size = 2 * radius + 1;
        byte[] disc = new byte[size * size];
        for (int i = 0; i < disc.length; i++) {
            double d = Math.hypot(i % size - radius, i / size - radius);
            disc[i] = (byte) (d > radius ? FAR : Math.round(d * PER_PIXEL));
        }
        for (int y = 0; y < map.height(); y++) {
            spreadRow(map, rank, distance, disc, radius, y);
        }
        return distance;
    }

    private static void spreadRow(SegmentMap map, int[] rank, byte[] distance, byte[] disc, int radius, int y) {
        int width = map.width();
        char[] owner = map.owner();
        int above = y > 0 ? -width : 0;
        int below = y + 1 < map.height() ? width : 0;
        for (int x = 0, p = y * width; x < width; x++, p++) {
            char own = owner[p];
            if (owner[p + above] != own
                    || owner[p + below] != own
                    || (x > 0 && owner[p - 1] != own)
                    || (x + 1 < width && owner[p + 1] != own)) {
                spread(map, rank, distance, disc, radius, x, y);
            }
        }
    }

    /** Tells the pixels of other owners around (x, y) how near they are to it. */
    private static void spread(SegmentMap map, int[] rank, byte[] distance, byte[] disc, int radius, int x, int y) {
        int width = map.width();
        char[] owner = map.owner();
        char own = owner[y * width + x];
        int left = Math.max(0, x - radius);
        int right = Math.min(width - 1, x + radius);
        int top = Math.max(0, y - radius);
        int bottom = Math.min(map.height() - 1, y + radius);
        for (int v = top; v <= bottom; v++) {
            int shift = (v - y + radius) * (2 * radius + 1) - x + radius;
            for (int u = left; u <= right; u++) {
                int q = v * width + u;
                if (rank[owner[q]] > rank[own] && (disc[shift + u] & 0xff) < (distance[q] & 0xff)) {
                    distance[q] = disc[shift + u];
                }
            }
        }
    }
}
