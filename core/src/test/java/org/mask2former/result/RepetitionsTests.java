package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mask2former.Compat;
import org.mask2former.Task;
import org.mask2former.image.Geometry;

/** Queries that take what another has, and what non-maximum suppression makes of them. */
class RepetitionsTests {
    private static final int SIDE = 16;
    private static final int CLASSES = 2;
    private static final Geometry GEOMETRY = new Geometry(4 * SIDE, 4 * SIDE, 4 * SIDE, 4 * SIDE, 4 * SIDE, 4 * SIDE);
    private static final Labels LABELS = Golden.labels(CLASSES);

    /** A query whose mask is the columns {@code from} to {@code to} of the masks. */
    private record Query(int classId, float classLogit, int from, int to) {}

    private static Prediction prediction(Query... queries) {
        float[] classLogits = new float[queries.length * (CLASSES + 1)];
        float[] maskLogits = new float[queries.length * SIDE * SIDE];
        Arrays.fill(maskLogits, -8);
        for (int q = 0; q < queries.length; q++) {
            classLogits[q * (CLASSES + 1) + queries[q].classId()] = queries[q].classLogit();
            for (int y = 0; y < SIDE; y++) {
                int row = (q * SIDE + y) * SIDE;
                Arrays.fill(maskLogits, row + queries[q].from(), row + queries[q].to(), 8);
            }
        }
        return new Prediction(queries.length, CLASSES, classLogits, SIDE, SIDE, maskLogits, GEOMETRY);
    }

    private static List<Segment> instances(Prediction p, double nms, int topK) {
        PostProcessOptions options = PostProcessOptions.defaults(Compat.PAPER, Task.INSTANCE, LABELS)
                .withTopK(topK)
                .withNmsThreshold(nms);
        return PostProcessor.of(Compat.PAPER)
                .instances(p, Golden.blank(4 * SIDE, 4 * SIDE), LABELS, options)
                .segments();
    }

    @Test
    void theBestOfThoseThatShareMostOfAMaskStays() {
        Prediction p =
                prediction(new Query(0, 5, 0, 8), new Query(0, 7, 0, 9), new Query(0, 6, 8, 16), new Query(1, 4, 0, 8));
        assertThat(instances(p, 1, 100)).hasSize(4);
        assertThat(instances(p, 0.5, 100)).hasSize(3).satisfies(kept -> {
            assertThat(kept.get(0).box().width())
                    .as("the wider of the two, which is surer")
                    .isGreaterThan(33);
            assertThat(kept.get(2).labelId()).as("another class").isEqualTo(1);
        });
        assertThat(instances(p, 0.9, 100)).as("8 of 9 columns are shared").hasSize(4);
    }

    @Test
    void thoseThatAreDroppedMakeRoomForOthers() {
        Prediction p = prediction(new Query(0, 7, 0, 8), new Query(0, 6, 0, 8), new Query(0, 5, 8, 16));
        assertThat(instances(p, 0.5, 2)).extracting(s -> s.box().x()).containsExactly(0, 32);
        assertThat(instances(p, 1, 2)).extracting(s -> s.box().x()).containsExactly(0, 0);
    }

    @Test
    void twoThatTakePixelsFromEachOtherAreOneSegmentInsteadOfNone() {
        // Each is surer than the other in one half of what both cover, so that neither keeps four fifths.
        Prediction p = prediction(new Query(0, 7, 0, 12), new Query(0, 7, 0, 12));
        for (int y = 0; y < SIDE; y++) {
            Arrays.fill(p.maskLogits(), y * SIDE, y * SIDE + 6, 9);
            Arrays.fill(p.maskLogits(), (SIDE + y) * SIDE + 6, (SIDE + y) * SIDE + 12, 9);
        }
        assertThat(panoptic(p, 1)).isEmpty();
        assertThat(panoptic(p, 0.7)).hasSize(1);
    }

    private static List<Segment> panoptic(Prediction p, double nms) {
        PostProcessOptions options =
                PostProcessOptions.defaults(Compat.PAPER, Task.PANOPTIC, LABELS).withNmsThreshold(nms);
        return PostProcessor.of(Compat.PAPER)
                .panoptic(p, Golden.blank(4 * SIDE, 4 * SIDE), LABELS, options)
                .segments();
    }

    @Test
    void whatLiesInThePaddingCountsForNothing() {
        // Only the left half is the picture: there the masks are the same, beyond it not.
        Prediction wide = prediction(new Query(0, 7, 0, 8), new Query(0, 6, 0, 16));
        Geometry half = new Geometry(4 * SIDE, 2 * SIDE, 4 * SIDE, 2 * SIDE, 4 * SIDE, 4 * SIDE);
        Prediction p = new Prediction(2, CLASSES, wide.classLogits(), SIDE, SIDE, wide.maskLogits(), half);
        PostProcessOptions options =
                PostProcessOptions.defaults(Compat.PAPER, Task.INSTANCE, LABELS).withNmsThreshold(0.8);
        assertThat(PostProcessor.of(Compat.PAPER)
                        .instances(p, Golden.blank(4 * SIDE, 2 * SIDE), LABELS, options)
                        .segments())
                .hasSize(1);
    }
}
