package org.mask2former.video;

import org.mask2former.result.Box;
import org.mask2former.result.CocoRle;
import org.mask2former.result.Segment;

/** One thing, or one kind of stuff, on its way through a film: how it looked when it was seen last, and where it must be now. */
final class Track {
    /** Over how many seconds the velocity is averaged, roughly. */
    private static final double MEMORY = 0.5;
    /** What is smaller than it was by more than this is partly hidden. */
    private static final double HIDDEN_BELOW = 0.8;
    /** After how many seconds half of its former size is taken for the whole, as it may just have become smaller. */
    private static final double HALF_LIFE = 2;
    /** How much it counts that a segment lies where a partly hidden thing must be, against where its visible part was. */
    private static final double HIDDEN_WEIGHT = 0.3;
    /** How far from where it must be a hidden thing may come out, as a share of its way and its size. */
    private static final double SLACK = 0.2;
    /** How much it counts that a segment of like size is near, where the masks do not meet. */
    private static final double NEAR_WEIGHT = 0.05;

    private static final double OTHER_CLASS_WEIGHT = 0.5;
    /** Below it a segment of another class is another thing. */
    private static final double OTHER_CLASS_LEAST = 0.5;
    /** So that stuff goes on wherever it is. */
    private static final double STUFF_LEAST = 1e-6;

    /** A mask and where it was, at a time. */
    private record Sight(CocoRle mask, Box box, long area, double seconds) {
        static Sight of(Segment segment, double seconds) {
            return new Sight(segment.mask(), segment.box(), segment.area(), seconds);
        }
    }

    private final int id;
    private final int variation;
    private final boolean thing;

    private int labelId;
    private Sight last;
    /** When all of it was seen. */
    private Sight whole;

    private double wholeArea;
    private int missed;
    private double velocityX;
    private double velocityY;
    /** How many the velocity was measured from. */
    private int steps;

    /** @param variation which variation of its class's colour it is drawn in */
    Track(int id, int variation, Segment segment, double seconds) {
        this.id = id;
        this.variation = variation;
        thing = segment.thing();
        labelId = segment.labelId();
        last = Sight.of(segment, seconds);
        whole = last;
        wholeArea = segment.area();
    }

    int id() {
        return id;
    }

    int variation() {
        return variation;
    }

    int labelId() {
        return labelId;
    }

    boolean isThing() {
        return thing;
    }

    /** Since it was seen last. */
    double gap(double seconds) {
        return seconds - last.seconds();
    }

    /** For how many frames it has not been seen. */
    int missed() {
        return missed;
    }

    void miss() {
        missed++;
    }

    /** How well a segment goes on with this track: 0 not at all, 1 at best. */
    double score(Segment segment, double seconds) {
        boolean sameClass = segment.labelId() == labelId;
        if (segment.thing() != thing || !thing && !sameClass) {
            return 0;
        }
        long both = common(last, segment, seconds);
        double overlap = (double) both / (last.area() + segment.area() - both);
        if (!thing) {
            return Math.max(overlap, STUFF_LEAST);
        }
        if (!sameClass) {
            return overlap >= OTHER_CLASS_LEAST ? OTHER_CLASS_WEIGHT * overlap : 0;
        }
        double hidden = whole == last || segment.area() > whole.area() ? 0 : HIDDEN_WEIGHT * inside(segment, seconds);
        return Math.max(Math.max(overlap, hidden), NEAR_WEIGHT * nearness(segment, seconds));
    }

    /** How much of a segment's box lies where the whole thing must be, roughly, as its speed is known roughly. */
    private double inside(Segment segment, double seconds) {
        Box a = whole.box();
        Box b = segment.box();
        double passed = seconds - whole.seconds();
        double x = a.x() + velocityX * passed;
        double y = a.y() + velocityY * passed;
        double slack = SLACK * (Math.hypot(velocityX, velocityY) * passed + Math.hypot(a.width(), a.height()));
        double width = Math.min(x + a.width() + slack, b.x() + b.width()) - Math.max(x - slack, b.x());
        double height = Math.min(y + a.height() + slack, b.y() + b.height()) - Math.max(y - slack, b.y());
        return Math.max(0, width) * Math.max(0, height) / ((double) b.width() * b.height());
    }

    /** The pixels that a segment shares with what was seen, moved on to where it must be now. */
    private long common(Sight sight, Segment segment, double seconds) {
        int dx = (int) Math.round(velocityX * (seconds - sight.seconds()));
        int dy = (int) Math.round(velocityY * (seconds - sight.seconds()));
        Box a = sight.box();
        Box b = segment.box();
        boolean meets = a.x() + dx < b.x() + b.width()
                && b.x() < a.x() + dx + a.width()
                && a.y() + dy < b.y() + b.height()
                && b.y() < a.y() + dy + a.height();
        return meets ? sight.mask().shift(dx, dy).intersectionArea(segment.mask()) : 0;
    }

    private double nearness(Segment segment, double seconds) {
        double ratio = (double) segment.area() / last.area();
        if (ratio > 2 || ratio < 0.5) {
            return 0;
        }
        Box a = last.box();
        Box b = segment.box();
        double dx = b.x() + b.width() / 2.0 - a.x() - a.width() / 2.0 - velocityX * gap(seconds);
        double dy = b.y() + b.height() / 2.0 - a.y() - a.height() / 2.0 - velocityY * gap(seconds);
        double reach = (Math.hypot(a.width(), a.height()) + Math.hypot(b.width(), b.height())) / 2;
        return Math.max(0, 1 - Math.hypot(dx, dy) / reach);
    }

    /** It was found again. */
    void see(Segment segment, double seconds) {
        Sight now = Sight.of(segment, seconds);
        double passed = gap(seconds);
        wholeArea *= Math.pow(0.5, passed / HALF_LIFE);
        if (!thing || now.area() >= HIDDEN_BELOW * wholeArea) {
            if (thing && whole == last) { // else it comes out of hiding, which is no movement
                move(now, passed);
            }
            whole = now;
            wholeArea = Math.max(wholeArea, now.area());
        }
        labelId = segment.labelId();
        last = now;
        missed = 0;
    }

    private void move(Sight to, double passed) {
        if (cut(to) || cut(last) || passed <= 0) {
            return;
        }
        Box a = last.box();
        Box b = to.box();
        double share = Math.max(1.0 / (steps + 1), 1 - Math.exp(-passed / MEMORY));
        velocityX += share * (speed(a.x(), a.width(), b.x(), b.width(), passed, velocityX) - velocityX);
        velocityY += share * (speed(a.y(), a.height(), b.y(), b.height(), passed, velocityY) - velocityY);
        steps++;
    }

    /**
     * The speed of a thing's begin, middle or end, whichever is nearest to what is expected: where something comes before
     * the thing, one side of it stops, but the thing goes on.
     */
    private double speed(int from, int size, int to, int newSize, double passed, double expected) {
        double begin = (to - from) / passed;
        double end = (to + newSize - from - size) / passed;
        double middle = (begin + end) / 2;
        if (steps == 0) {
            return middle;
        }
        double side = Math.abs(begin - expected) < Math.abs(end - expected) ? begin : end;
        return Math.abs(side - expected) < Math.abs(middle - expected) ? side : middle;
    }

    /** Whether the picture's edge may cut off a part. */
    private static boolean cut(Sight sight) {
        Box b = sight.box();
        return b.x() == 0
                || b.y() == 0
                || b.x() + b.width() == sight.mask().width()
                || b.y() + b.height() == sight.mask().height();
    }
}
