package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mask2former.result.TestResults.LABELS;
import static org.mask2former.result.TestResults.instances;
import static org.mask2former.result.TestResults.semantic;
import static org.mask2former.result.TestResults.street;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mask2former.image.Image;

class OverlayTests {
    private static final Overlay PLAIN = Overlay.DEFAULT.withOutlines(false).withLabels(false);

    @Test
    void leavesVoidAsItIs() {
        PanopticSegmentation street = street(200, 100, 3);
        Image drawn = Overlay.DEFAULT.withLabels(false).draw(street);
        for (int p = 0; p < street.idMap().length; p++) {
            if (street.idMap()[p] == PanopticSegmentation.VOID) {
                assertThat(pixel(drawn, p)).isEqualTo(pixel(street.picture(), p));
            }
        }
    }

    @Test
    void doesNotChangeTheResultsOwnPicture() {
        PanopticSegmentation street = street(64, 48, 2);
        byte[] before = street.picture().rgb().clone();
        street.overlay();
        assertThat(street.picture().rgb()).isEqualTo(before);
    }

    @Test
    void drawsTheSameEveryTime() {
        PanopticSegmentation street = street(320, 240, 6);
        assertThat(street.overlay().rgb()).isEqualTo(street.overlay().rgb());
    }

    @Test
    void opaqueSegmentsHaveTheirClassesColour() {
        SemanticSegmentation result = semantic(3, 1, new short[] {3, 0, 2});
        Image drawn = PLAIN.withAlpha(1).draw(result);
        assertThat(pixel(drawn, 0)).isEqualTo(LABELS.get(3).rgb());
        assertThat(pixel(drawn, 1)).isEqualTo(LABELS.get(0).rgb());
        assertThat(pixel(drawn, 2)).isEqualTo(LABELS.get(2).rgb());
    }

    @Test
    void transparentSegmentsLieHalfWayBetweenPictureAndColour() {
        SemanticSegmentation result = semantic(40, 30, new short[1200]);
        Image drawn = PLAIN.withAlpha(0.5).draw(result);
        for (int p = 0; p < 1200; p++) {
            for (int shift = 0; shift < 24; shift += 8) {
                int expected = ((pixel(result.picture(), p) >> shift & 0xff)
                                + (LABELS.get(0).rgb() >> shift & 0xff))
                        / 2;
                assertThat(pixel(drawn, p) >> shift & 0xff).isBetween(expected - 1, expected + 1);
            }
        }
        assertThat(PLAIN.withAlpha(0).draw(result).rgb())
                .isEqualTo(result.picture().rgb());
    }

    @Test
    void theSmallerOfOverlappingMasksLiesOnTop() {
        InstanceSegmentation result =
                instances(new int[] {0, 1, 0}, new String[] {"##.."}, new String[] {"####"}, new String[] {".#.."});
        Image drawn = PLAIN.withAlpha(1).draw(result);
        int car = LABELS.get(1).rgb();
        int secondPerson = SegmentColors.vary(LABELS.get(0).rgb(), 2)[1];
        assertThat(List.of(pixel(drawn, 0), pixel(drawn, 1), pixel(drawn, 2), pixel(drawn, 3)))
                .containsExactly(LABELS.get(0).rgb(), secondPerson, car, car);
    }

    @Test
    void whichThingsOfAClassLookAlikeCanBeSaid() {
        InstanceSegmentation result = instances(new int[] {0, 0}, new String[] {"#..."}, new String[] {"..#."});
        Image drawn = PLAIN.withAlpha(1).draw(result, segment -> segment.id() == 1 ? 4 : 0);
        assertThat(pixel(drawn, 0)).isEqualTo(SegmentColors.vary(LABELS.get(0).rgb(), 5)[4]);
        assertThat(pixel(drawn, 2)).isEqualTo(LABELS.get(0).rgb());
    }

    @Test
    void labelsOfThingsMayTellTheirIds() {
        PanopticSegmentation street = street(640, 480, 1);
        Image without = Overlay.DEFAULT.draw(street);
        Image with = Overlay.DEFAULT.withIds(true).draw(street);
        long person = 0;
        long others = 0;
        for (int p = 0; p < street.idMap().length; p++) {
            if (pixel(with, p) != pixel(without, p)) {
                if (street.idMap()[p] == 3) person++;
                else if (street.idMap()[p] == 1) others++;
            }
        }
        assertThat(person).isPositive();
        assertThat(others).isZero();
    }

    @Test
    void aCaptionStandsInTheCornerIfThereIsRoom() {
        Image picture = TestResults.picture(320, 240, 5);
        Image drawn = Caption.draw(picture, "12.5 FPS");
        assertThat(IntStream.range(0, 320 * 240).filter(p -> pixel(drawn, p) != pixel(picture, p)))
                .hasSizeGreaterThan(500)
                .allMatch(p -> p % 320 < 80 && p / 320 < 30);
        Image tiny = TestResults.picture(20, 8, 5);
        assertThat(Caption.draw(tiny, "12.5 FPS")).isSameAs(tiny);
    }

    @Test
    void outlinesLieInsideTheSegmentAndOnlyAtItsEdge() {
        String[] rows = new String[60];
        for (int y = 0; y < rows.length; y++) {
            rows[y] = y < 10 || y >= 50 ? ".".repeat(60) : ".".repeat(10) + "#".repeat(40) + ".".repeat(10);
        }
        InstanceSegmentation result = instances(new int[] {1}, rows);
        Image filled = PLAIN.withAlpha(1).draw(result);
        Image outlined = PLAIN.withAlpha(1).withOutlines(true).draw(result);
        assertThat(pixel(outlined, 10 * 60 + 30)).isNotEqualTo(pixel(filled, 10 * 60 + 30));
        assertThat(pixel(outlined, 9 * 60 + 30)).isEqualTo(pixel(result.picture(), 9 * 60 + 30));
        assertThat(pixel(outlined, 30 * 60 + 30)).isEqualTo(LABELS.get(1).rgb());
    }

    @Test
    void outlinesDoNotRunAlongThePicturesOwnEdge() {
        SemanticSegmentation result = semantic(50, 40, new short[2000]);
        assertThat(PLAIN.withOutlines(true).draw(result).rgb())
                .isEqualTo(PLAIN.draw(result).rgb());
    }

    @Test
    void labelsAreWrittenOnTheirSegments() {
        PanopticSegmentation street = street(640, 480, 1);
        Image without = Overlay.DEFAULT.withLabels(false).draw(street);
        Image with = Overlay.DEFAULT.draw(street);
        for (Segment segment : street.segments()) {
            long changed = 0;
            for (int p = 0; p < street.idMap().length; p++) {
                if (street.idMap()[p] == segment.id() && pixel(with, p) != pixel(without, p)) {
                    changed++;
                }
            }
            assertThat(changed).as(segment.label()).isGreaterThan(400);
        }
    }

    @Test
    void smallSegmentsGetNoLabelAndLabelsCanBeScaled() {
        PanopticSegmentation street = street(640, 480, 1);
        long usual = difference(street, Overlay.DEFAULT);
        assertThat(difference(street, Overlay.DEFAULT.withLabelScale(2))).isGreaterThan(2 * usual);
        assertThat(difference(street, Overlay.DEFAULT.withMinLabelArea(1))).isZero();
        assertThat(difference(street, Overlay.DEFAULT.withScores(false)))
                .isPositive()
                .isLessThan(usual);
    }

    @Test
    void picturesOfAnySizeCanBeDrawn() {
        for (int width : new int[] {1, 2, 3, 7, 33, 400}) {
            for (int height : new int[] {1, 2, 5, 21, 300}) {
                PanopticSegmentation street = street(width, height, 3);
                assertThat(street.overlay().rgb()).hasSize(3 * width * height);
            }
        }
    }

    @Test
    void emptyResultsAndEmptyMasksLeaveThePictureAsItIs() {
        Image picture = TestResults.picture(30, 20, 5);
        Segment nothing = Segment.of(1, LABELS.get(0), 0.5, CocoRle.empty(20, 30));
        for (Segmentation result : List.of(
                new InstanceSegmentation(picture, LABELS, List.of()),
                new InstanceSegmentation(picture, LABELS, List.of(nothing)),
                new PanopticSegmentation(picture, LABELS, new int[600], List.of()))) {
            assertThat(Overlay.DEFAULT.withMinLabelArea(0).draw(result).rgb()).isEqualTo(picture.rgb());
        }
    }

    @Test
    void idsMayBeLargeAndHaveGaps() {
        int[] ids = {7_000_000, 0, 12, 12};
        PanopticSegmentation result = TestResults.panoptic(2, 2, ids, Map.of(7_000_000, 2, 12, 3));
        Image drawn = PLAIN.withAlpha(1).draw(result);
        assertThat(pixel(drawn, 0)).isEqualTo(LABELS.get(2).rgb());
        assertThat(pixel(drawn, 1)).isEqualTo(pixel(result.picture(), 1));
        assertThat(pixel(drawn, 3)).isEqualTo(LABELS.get(3).rgb());
    }

    @Test
    void noisyMasksCanBeDrawn() {
        long seed = 11;
        Random random = new Random(seed);
        int[] ids = random.ints(120 * 90, 0, 30).toArray();
        Map<Integer, Integer> classes = new TreeMap<>();
        for (int id = 1; id < 30; id++) {
            classes.put(id, id % 4);
        }
        PanopticSegmentation result = TestResults.panoptic(120, 90, ids, classes);
        Image drawn = Overlay.DEFAULT.withLabels(false).draw(result);
        for (int p = 0; p < ids.length; p++) {
            if (ids[p] == 0) {
                assertThat(pixel(drawn, p)).as("seed " + seed).isEqualTo(pixel(result.picture(), p));
            }
        }
    }

    @Test
    void optionsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> Overlay.DEFAULT.withAlpha(1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("alpha has to be from 0.0 to 1.0, not 1.5");
        assertThatThrownBy(() -> Overlay.DEFAULT.withLabelScale(Double.NaN)).hasMessageContaining("NaN");
    }

    @Test
    void dataSetsEndingsAndSynonymsAreNotDrawn() {
        assertThat(Overlay.displayName("sky-other-merged")).isEqualTo("sky");
        assertThat(Overlay.displayName("tree-merged")).isEqualTo("tree");
        assertThat(Overlay.displayName("water-other")).isEqualTo("water");
        assertThat(Overlay.displayName("mirror-stuff")).isEqualTo("mirror");
        assertThat(Overlay.displayName("road, route")).isEqualTo("road");
        assertThat(Overlay.displayName("window ")).isEqualTo("window");
        assertThat(Overlay.displayName("floor-wood")).isEqualTo("floor-wood");
        assertThat(Overlay.displayName(",")).isEqualTo(",");
        assertThat(Overlay.displayName("x".repeat(41))).isEqualTo("x".repeat(39) + "…");
    }

    private static long difference(Segmentation result, Overlay overlay) {
        Image without = overlay.withLabels(false).draw(result);
        Image with = overlay.draw(result);
        long different = 0;
        for (int p = 0; p < with.width() * with.height(); p++) {
            different += pixel(with, p) == pixel(without, p) ? 0 : 1;
        }
        return different;
    }

    private static int pixel(Image image, int p) {
        byte[] rgb = image.rgb();
        return (rgb[3 * p] & 0xff) << 16 | (rgb[3 * p + 1] & 0xff) << 8 | rgb[3 * p + 2] & 0xff;
    }
}
