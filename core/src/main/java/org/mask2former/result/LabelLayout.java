package org.mask2former.result;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.mask2former.result.LabelMemory.Point;

/**
 * Where the labels of a picture go: large segments first, each where its segment has most room for it and no other
 * label lies; beside its segment where that is too small to carry it; nowhere when there is no room left. A label that is
 * remembered stays where it was, if it can.
 */
final class LabelLayout {
    /** A label is this much wider than high, roughly; room is sought in that shape. */
    private static final int ASPECT = 4;
    /** How much of a label has to fit into its segment for it to stand there. */
    private static final double ENOUGH = 0.7;
    /** Of the room that there is elsewhere, so much keeps a label where it was. */
    private static final double STAYS = 0.6;
    /** A label that hides more of its segment than this stands beside it. */
    private static final double MOST_HIDDEN = 0.5;

    private final SegmentMap map;
    private final List<Segment> segments;
    private final LabelMemory memory;
    private final int cellWidth;
    private final int cellHeight;
    private final int columns;
    private final int rows;
    /** For each cell the room around its centre, in cells: 1 when a neighbour belongs to another segment. */
    private final int[] room;

    private final int[] cells;
    private final int[] cellsBegin;
    private final List<Box> taken = new ArrayList<>();

    LabelLayout(SegmentMap map, List<Segment> segments, int capital, LabelMemory memory) {
        this.map = map;
        this.segments = segments;
        this.memory = memory;
        cellHeight = Math.max(1, capital / 3);
        cellWidth = ASPECT * cellHeight;
        columns = (map.width() + cellWidth - 1) / cellWidth;
        rows = (map.height() + cellHeight - 1) / cellHeight;
        room = room();
        cellsBegin = new int[segments.size() + 2];
        cells = bucket();
    }

    /** The segments in the order in which they should ask for a place. */
    List<Integer> order(long minArea) {
        return IntStream.range(0, segments.size())
                .filter(i -> segments.get(i).area() >= minArea)
                .boxed()
                .sorted(Comparator.comparingLong(i -> -segments.get(i).area()))
                .toList();
    }

    /** Whether the segment is large enough for a label of this size to stand on it. */
    boolean carries(int segment, int width, int height) {
        return roomiest(segment, width, height) >= ENOUGH
                || (double) width * height
                        <= MOST_HIDDEN * segments.get(segment).area();
    }

    /** A place for a label of this size, which it then occupies; empty when there is none. */
    Optional<Box> place(int segment, int width, int height) {
        if (width > map.width() || height > map.height()) {
            return Optional.empty();
        }
        Optional<Point> last = memory.recall(segments.get(segment));
        Optional<Box> place = carries(segment, width, height)
                ? last.flatMap(p -> staying(segment, p, width, height)).or(() -> inside(segment, width, height))
                : beside(segments.get(segment).box(), last, width, height);
        place.ifPresent(taken::add);
        return place;
    }

    /** Where the label was, or the nearest place that carries it. */
    private Optional<Box> staying(int segment, Point last, int width, int height) {
        Box same = around(last.x(), last.y(), width, height);
        int column = (int) Math.min(columns - 1, Math.max(0, last.x() / cellWidth));
        int row = (int) Math.min(rows - 1, Math.max(0, last.y() / cellHeight));
        double enough = Math.min(ENOUGH, STAYS * roomiest(segment, width, height));
        if (owner(column, row) == segment + 1 && fit(row * columns + column, width, height) >= enough && isFree(same)) {
            return Optional.of(same);
        }
        return IntStream.range(cellsBegin[segment + 1], cellsBegin[segment + 2])
                .map(i -> cells[i])
                .filter(cell -> fit(cell, width, height) >= enough)
                .filter(cell -> isFree(around(centerX(cell), centerY(cell), width, height)))
                .boxed()
                .min(Comparator.comparingDouble(cell -> Math.hypot(centerX(cell) - last.x(), centerY(cell) - last.y())))
                .map(cell -> around(centerX(cell), centerY(cell), width, height));
    }

    private Optional<Box> inside(int segment, int width, int height) {
        double centerX = 0;
        double centerY = 0;
        int begin = cellsBegin[segment + 1];
        int end = cellsBegin[segment + 2];
        for (int i = begin; i < end; i++) {
            centerX += centerX(cells[i]) / (end - begin);
            centerY += centerY(cells[i]) / (end - begin);
        }
        Optional<Box> best = Optional.empty();
        double bestScore = Double.NEGATIVE_INFINITY;
        for (int i = begin; i < end; i++) {
            double away = Math.hypot(centerX(cells[i]) - centerX, centerY(cells[i]) - centerY);
            double score = fit(cells[i], width, height) - 0.1 * away / (map.width() + map.height());
            if (score > bestScore) {
                Box box = around(centerX(cells[i]), centerY(cells[i]), width, height);
                if (isFree(box)) {
                    best = Optional.of(box);
                    bestScore = score;
                }
            }
        }
        return best;
    }

    private Optional<Box> beside(Box s, Optional<Point> last, int width, int height) {
        int middleX = s.x() + s.width() / 2;
        int middleY = s.y() + s.height() / 2;
        List<IntFunction<Box>> sides = List.of(
                gap -> around(middleX, s.y() - gap - height / 2.0, width, height),
                gap -> around(middleX, s.y() + s.height() + gap + height / 2.0, width, height),
                gap -> around(s.x() + s.width() + gap + width / 2.0, middleY, width, height),
                gap -> around(s.x() - gap - width / 2.0, middleY, width, height));
        Stream<Box> boxes = sides.stream().map(side -> side.apply(1)).filter(this::isFree);
        return last.isEmpty()
                ? boxes.findFirst()
                : boxes.min(Comparator.comparingDouble(box -> Math.hypot(
                        box.x() + box.width() / 2.0 - last.get().x(),
                        box.y() + box.height() / 2.0 - last.get().y())));
    }

    private double roomiest(int segment, int width, int height) {
        double best = 0;
        int end = cellsBegin[segment + 2];
        for (int i = cellsBegin[segment + 1]; i < end; i++) {
            best = Math.max(best, fit(cells[i], width, height));
        }
        return best;
    }

    /** How much larger a label could be at the cell without leaving its segment. */
    private double fit(int cell, int width, int height) {
        double reach = 2 * room[cell] - 1;
        return Math.min(reach * cellWidth / width, reach * cellHeight / height);
    }

    private double centerX(int cell) {
        return Math.min(map.width(), (cell % columns + 0.5) * cellWidth);
    }

    private double centerY(int cell) {
        return Math.min(map.height(), (cell / columns + 0.5) * cellHeight);
    }

    /** A box around a point, moved into the picture. */
    private Box around(double x, double y, int width, int height) {
        int left = (int) Math.round(x - width / 2.0);
        int top = (int) Math.round(y - height / 2.0);
        return new Box(
                Math.max(0, Math.min(map.width() - width, left)),
                Math.max(0, Math.min(map.height() - height, top)),
                width,
                height);
    }

    private boolean isFree(Box box) {
        for (Box other : taken) {
            if (box.x() < other.x() + other.width() + 1
                    && other.x() < box.x() + box.width() + 1
                    && box.y() < other.y() + other.height() + 1
                    && other.y() < box.y() + box.height() + 1) {
                return false;
            }
        }
        return true;
    }

    private char owner(int column, int row) {
        int x = Math.min(map.width() - 1, column * cellWidth + cellWidth / 2);
        int y = Math.min(map.height() - 1, row * cellHeight + cellHeight / 2);
        return map.owner()[y * map.width() + x];
    }

    /** Chessboard distance to the nearest cell of another segment or outside the picture, in two sweeps. */
    private int[] room() {
        char[] owners = new char[columns * rows];
        for (int i = 0; i < owners.length; i++) {
            owners[i] = owner(i % columns, i / columns);
        }
        int[] distance = new int[owners.length];
        for (int i = 0; i < owners.length; i++) {
            distance[i] = 1 + nearest(owners, distance, i, -1);
        }
        for (int i = owners.length - 1; i >= 0; i--) {
            distance[i] = Math.min(distance[i], 1 + nearest(owners, distance, i, 1));
        }
        return distance;
    }

    /** The smallest distance among the four neighbours that come before (-1) or after (1) the cell. */
    private int nearest(char[] owners, int[] distance, int cell, int direction) {
        int x = cell % columns;
        int y = cell / columns;
        int least = Integer.MAX_VALUE - 1;
        int[][] neighbours = {{direction, 0}, {-1, direction}, {0, direction}, {1, direction}};
        for (int[] n : neighbours) {
            int u = x + n[0];
            int v = y + n[1];
            boolean outside = u < 0 || v < 0 || u >= columns || v >= rows;
            int other = v * columns + u;
            least = Math.min(least, outside || owners[other] != owners[cell] ? 0 : distance[other]);
        }
        return least;
    }

    /** The cells sorted by their owner; {@link #cellsBegin} gets where each owner's begin. */
    private int[] bucket() {
        int[] counts = new int[segments.size() + 2];
        for (int i = 0; i < room.length; i++) {
            counts[owner(i % columns, i / columns) + 1]++;
        }
        for (int i = 1; i < counts.length; i++) {
            counts[i] += counts[i - 1];
        }
        System.arraycopy(counts, 0, cellsBegin, 0, cellsBegin.length);
        int[] sorted = new int[room.length];
        for (int i = 0; i < room.length; i++) {
            sorted[counts[owner(i % columns, i / columns)]++] = i;
        }
        return sorted;
    }
}
