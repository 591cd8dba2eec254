package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LabelLayoutTests {
    private static final int CAR = 1;
    private static final int ROAD = 3;

    @Test
    void aLabelStandsWhereItsSegmentHasMostRoom() {
        // A long neck to the left of a wide body: the middle of the box lies in the neck.
        int[] ids = new int[300 * 100];
        for (int i = 0; i < ids.length; i++) {
            int x = i % 300;
            int y = i / 300;
            ids[i] = x >= 200 || (y >= 46 && y < 54) ? 1 : 0;
        }
        Box box = place(ids, 300, 100, 60, 14);
        assertThat(box.x()).isGreaterThanOrEqualTo(200);
        assertThat(box.y() + box.height() / 2).isBetween(35, 65);
    }

    @Test
    void aRingIsLabelledOnTheRing() {
        int[] ids = new int[200 * 200];
        for (int i = 0; i < ids.length; i++) {
            double r = Math.hypot(i % 200 - 100, i / 200.0 - 100);
            ids[i] = r > 60 && r < 98 ? 1 : 0;
        }
        Box box = place(ids, 200, 200, 50, 14);
        assertThat(ids[(box.y() + box.height() / 2) * 200 + box.x() + box.width() / 2])
                .isEqualTo(1);
    }

    @Test
    void aSmallSegmentIsLabelledBesideIt() {
        int[] ids = new int[200 * 100];
        for (int y = 50; y < 58; y++) {
            for (int x = 100; x < 108; x++) {
                ids[y * 200 + x] = 1;
            }
        }
        Box box = place(ids, 200, 100, 50, 14);
        assertThat(box).isEqualTo(new Box(79, 35, 50, 14));
    }

    @Test
    void inAFilmALabelStaysWhereItWasWhileItCan() {
        LabelMemory memory = new LabelMemory();
        Box first = place(memory, dumbbell(46, 44));
        assertThat(first.x()).isLessThan(100);
        assertThat(place(memory, dumbbell(44, 46))).isEqualTo(first);
        assertThat(place(new LabelMemory(), dumbbell(44, 46)).x()).isGreaterThan(150);
        // Where there is no room any more, it goes.
        assertThat(place(memory, dumbbell(4, 46)).x()).isGreaterThan(150);
    }

    /** Two discs of these radii with a bar between them. */
    private static int[] dumbbell(int left, int right) {
        int[] ids = new int[300 * 100];
        for (int i = 0; i < ids.length; i++) {
            int x = i % 300;
            int y = i / 300;
            boolean inside = Math.hypot(x - 50, y - 50) < left || Math.hypot(x - 250, y - 50) < right;
            ids[i] = inside || x > 50 && x < 250 && y >= 48 && y < 52 ? 1 : 0;
        }
        return ids;
    }

    private static Box place(LabelMemory memory, int[] ids) {
        return place(memory, TestResults.panoptic(300, 100, ids, Map.of(1, ROAD)));
    }

    private static Box place(LabelMemory memory, PanopticSegmentation result) {
        memory.nextFrame();
        Box box = new LabelLayout(SegmentMap.of(result), result.segments(), 9, memory)
                .place(0, 40, 14)
                .orElseThrow();
        memory.keep(result.segments().get(0), box);
        return box;
    }

    @Test
    void aThingTakesItsLabelWithIt() {
        LabelMemory memory = new LabelMemory();
        Box first = car(memory, 20);
        Box second = car(memory, 33);
        assertThat(second).isEqualTo(new Box(first.x() + 13, first.y(), first.width(), first.height()));
    }

    private static Box car(LabelMemory memory, int left) {
        int[] ids = new int[300 * 100];
        for (int i = 0; i < ids.length; i++) {
            int x = i % 300;
            ids[i] = x >= left && x < left + 80 && i / 300 >= 20 && i / 300 < 80 ? 1 : 0;
        }
        return place(memory, TestResults.panoptic(300, 100, ids, Map.of(1, CAR)));
    }

    @Test
    void labelsStayInThePictureAndDoNotOverlap() {
        long seed = 7;
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            int width = 1 + random.nextInt(300);
            int height = 1 + random.nextInt(200);
            PanopticSegmentation street = TestResults.street(width, height, 1 + random.nextInt(12));
            SegmentMap map = SegmentMap.of(street);
            LabelLayout layout = new LabelLayout(map, street.segments(), 7 + random.nextInt(10), new LabelMemory());
            List<Box> placed = new ArrayList<>();
            for (int i : layout.order(0)) {
                layout.place(i, 10 + random.nextInt(80), 8 + random.nextInt(20)).ifPresent(placed::add);
            }
            for (Box a : placed) {
                assertThat(a.x() >= 0 && a.y() >= 0 && a.x() + a.width() <= width && a.y() + a.height() <= height)
                        .as("seed %d, round %d: %s in %d×%d", seed, round, a, width, height)
                        .isTrue();
                for (Box b : placed) {
                    assertThat(a == b
                                    || a.x() >= b.x() + b.width()
                                    || b.x() >= a.x() + a.width()
                                    || a.y() >= b.y() + b.height()
                                    || b.y() >= a.y() + a.height())
                            .as("seed %d, round %d: %s and %s", seed, round, a, b)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void aLabelLargerThanThePictureHasNoPlace() {
        PanopticSegmentation street = TestResults.street(20, 20, 0);
        LabelLayout layout = new LabelLayout(SegmentMap.of(street), street.segments(), 9, new LabelMemory());
        assertThat(layout.place(0, 21, 5)).isEmpty();
        assertThat(layout.place(0, 5, 21)).isEmpty();
    }

    private static Box place(int[] ids, int width, int height, int labelWidth, int labelHeight) {
        PanopticSegmentation result = TestResults.panoptic(width, height, ids, Map.of(1, 0));
        LabelLayout layout = new LabelLayout(SegmentMap.of(result), result.segments(), 9, new LabelMemory());
        Optional<Box> box = layout.place(0, labelWidth, labelHeight);
        assertThat(box).isPresent();
        return box.get();
    }
}
