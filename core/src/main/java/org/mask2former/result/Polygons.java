package org.mask2former.result;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The outlines of a mask. Pixels that touch only at a corner belong to different parts, so that no ring of a part crosses
 * another. Drawn again, an unsimplified outline gives exactly its mask; for parts without holes COCO's tools agree.
 * Safe for several threads.
 */
public final class Polygons {
    private static final int RIGHT = 0;
    private static final int DOWN = 1;
    private static final int LEFT = 2;
    private static final int UP = 3;

    private final Box box;
    private final byte[] inside;
    private final List<double[]> outers = new ArrayList<>();
    private final List<List<double[]>> holes = new ArrayList<>();
    /** Which part the edge on the left of a pixel (by its index in the box) belongs to; filled as rings are walked. */
    private final Map<Integer, Integer> partOfLeftEdge = new HashMap<>();

    private final BitSet walkedRightEdges = new BitSet();

    private Polygons(CocoRle mask) {
        box = mask.box();
        inside = crop(mask, box);
    }

    /** The outlines of a mask, exactly: one polygon for each part, from the top down. None for an empty mask. */
    public static List<Polygon> of(CocoRle mask) {
        return of(mask, 0);
    }

    /**
     * The outlines of a mask, simplified after Douglas and Peucker: no point of the exact outline is further from the
     * simplified one than the tolerance. A ring that would collapse stays exact.
     *
     * @param tolerance in pixels; 0 keeps every corner
     */
    public static List<Polygon> of(CocoRle mask, double tolerance) {
        if (!(tolerance >= 0)) {
            throw new IllegalArgumentException("a tolerance must be 0 pixels or more, not " + tolerance);
        }
        Polygons walk = new Polygons(mask);
        walk.findRings();
        List<Polygon> polygons = new ArrayList<>();
        for (int i = 0; i < walk.outers.size(); i++) {
            List<double[]> rings = new ArrayList<>();
            for (double[] hole : walk.holes.get(i)) rings.add(Simplification.ring(hole, tolerance));
            polygons.add(new Polygon(Simplification.ring(walk.outers.get(i), tolerance), rings));
        }
        return polygons;
    }

    /** Draws polygons, holes left out: a pixel is inside if a line from it crosses the rings an odd number of times. */
    public static CocoRle toRle(int height, int width, List<Polygon> polygons) {
        List<double[]> rings = new ArrayList<>();
        for (Polygon polygon : polygons) {
            rings.add(polygon.outer());
            rings.addAll(polygon.holes());
        }
        return RlePolygons.evenOdd(height, width, rings);
    }

    /**
     * Goes through the pixels row by row. An edge on the left of a pixel that no ring has walked yet begins a new part: any
     * other part of its ring lies further on. Likewise, such an edge on the right of a pixel begins a hole, in the part that
     * the pixel, and with it the left edge of its row of pixels, belongs to.
     */
    private void findRings() {
        for (int y = 0; y < box.height(); y++) {
            int rowStart = 0;
            for (int x = 0; x < box.width(); x++) {
                if (!inside(x, y)) continue;
                if (!inside(x - 1, y)) {
                    rowStart = x;
                    if (!partOfLeftEdge.containsKey(index(x, y))) {
                        holes.add(new ArrayList<>());
                        outers.add(walk(x, y + 1, UP, outers.size()));
                    }
                }
                if (!inside(x + 1, y) && !walkedRightEdges.get(index(x, y))) {
                    int part = partOfLeftEdge.getOrDefault(index(rowStart, y), -1);
                    holes.get(part).add(walk(x + 1, y, DOWN, part));
                }
            }
        }
    }

    /** Walks a ring from a corner in a direction, the mask on the right hand, until it is back; gives its corners. */
    private double[] walk(int startX, int startY, int startDirection, int part) {
        double[] ring = new double[16];
        int n = 0;
        int x = startX;
        int y = startY;
        int direction = startDirection;
        do {
            switch (direction) {
                case RIGHT -> x++;
                case DOWN -> walkedRightEdges.set(index(x - 1, y++));
                case LEFT -> x--;
                default -> partOfLeftEdge.put(index(x, --y), part);
            }
            int next = turn(x, y, direction);
            if (next != direction) {
                if (n == ring.length) ring = Arrays.copyOf(ring, 2 * n);
                ring[n++] = box.x() + x;
                ring[n++] = box.y() + y;
            }
            direction = next;
        } while (x != startX || y != startY || direction != startDirection);
        return Arrays.copyOf(ring, n);
    }

    private int turn(int x, int y, int direction) {
        boolean aheadOnTheRight;
        boolean aheadOnTheLeft;
        switch (direction) {
            case RIGHT -> {
                aheadOnTheRight = inside(x, y);
                aheadOnTheLeft = inside(x, y - 1);
            }
            case DOWN -> {
                aheadOnTheRight = inside(x - 1, y);
                aheadOnTheLeft = inside(x, y);
            }
            case LEFT -> {
                aheadOnTheRight = inside(x - 1, y - 1);
                aheadOnTheLeft = inside(x - 1, y);
            }
            default -> {
                aheadOnTheRight = inside(x, y - 1);
                aheadOnTheLeft = inside(x - 1, y - 1);
            }
        }
        if (!aheadOnTheRight) return (direction + 1) % 4;
        return aheadOnTheLeft ? (direction + 3) % 4 : direction;
    }

    private int index(int x, int y) {
        return y * box.width() + x;
    }

    private boolean inside(int x, int y) {
        return x >= 0 && x < box.width() && y >= 0 && y < box.height() && inside[index(x, y)] != 0;
    }

    private static byte[] crop(CocoRle mask, Box box) {
        byte[] pixels = new byte[box.width() * box.height()];
        mask.forEachColumnRun((x, y0, y1) -> {
            for (int y = y0; y < y1; y++) pixels[(y - box.y()) * box.width() + x - box.x()] = 1;
        });
        return pixels;
    }
}
