package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PolygonsTests {
    @Test
    void aPixelIsASquareThatRunsClockwise() {
        List<Polygon> polygons = Polygons.of(mask("...", "..#", "..."));
        assertThat(polygons).hasSize(1);
        assertThat(polygons.get(0).outer()).containsExactly(2, 1, 3, 1, 3, 2, 2, 2);
        assertThat(polygons.get(0).holes()).isEmpty();
    }

    @Test
    void anEmptyMaskHasNoOutline() {
        assertThat(Polygons.of(CocoRle.empty(4, 5))).isEmpty();
        assertThat(Polygons.toRle(4, 5, List.of())).isEqualTo(CocoRle.empty(4, 5));
    }

    @Test
    void holesBelongToThePartAroundThem() {
        List<Polygon> polygons = Polygons.of(mask(
                "#########", //
                "#.......#",
                "#.#####.#",
                "#.#.#.#.#",
                "#.#####.#",
                "#.......#",
                "#########"));
        assertThat(polygons).hasSize(2);
        assertThat(polygons.get(0).holes()).hasSize(1);
        assertThat(polygons.get(1).outer()).containsExactly(2, 2, 7, 2, 7, 5, 2, 5);
        assertThat(polygons.get(1).holes()).hasSize(2);
        assertThat(signedArea(polygons.get(0).outer())).isEqualTo(63);
        assertThat(signedArea(polygons.get(0).holes().get(0))).isEqualTo(-35);
    }

    @Test
    void pixelsThatTouchAtACornerAreParts() {
        assertThat(Polygons.of(mask("#.", ".#"))).hasSize(2);
        assertThat(Polygons.of(mask("##", ".#"))).hasSize(1);
    }

    @Test
    void drawnAgainAnOutlineGivesItsMask() {
        for (int seed = 0; seed < 300; seed++) {
            CocoRle mask = random(seed);
            List<Polygon> polygons = Polygons.of(mask);
            String as = "seed " + seed;
            assertThat(Polygons.toRle(mask.height(), mask.width(), polygons))
                    .as(as)
                    .isEqualTo(mask);
            double area = 0;
            for (Polygon polygon : polygons) {
                assertThat(signedArea(polygon.outer())).as(as).isPositive();
                area += signedArea(polygon.outer());
                for (double[] hole : polygon.holes()) {
                    assertThat(signedArea(hole)).as(as).isNegative();
                    area += signedArea(hole);
                }
            }
            assertThat(area).as(as).isEqualTo(mask.area());
        }
    }

    @Test
    void theUnionOfTheOuterRingsIsTheMaskWithItsHolesFilled() {
        CocoRle ring = mask("###", "#.#", "###");
        List<double[]> outers = Polygons.of(ring).stream().map(Polygon::outer).toList();
        assertThat(CocoRle.ofPolygons(3, 3, outers).area()).isEqualTo(9);
    }

    @Test
    void simplifyingKeepsEveryPointWithinTheTolerance() {
        double radius = 40;
        boolean[] disc = new boolean[100 * 100];
        for (int i = 0; i < disc.length; i++) disc[i] = Math.hypot(i % 100 - 50, i / 100 - 50) < radius;
        CocoRle mask = CocoRle.encode(100, 100, disc);
        double[] exact = Polygons.of(mask).get(0).outer();
        double[] simple = Polygons.of(mask, 1.5).get(0).outer();
        assertThat(simple.length).isLessThan(exact.length / 4).isGreaterThanOrEqualTo(16);
        for (int i = 0; i < exact.length; i += 2) {
            double nearest = Double.MAX_VALUE;
            for (int j = 0; j < simple.length; j += 2) {
                int k = (j + 2) % simple.length;
                nearest = Math.min(
                        nearest, distance(exact[i], exact[i + 1], simple[j], simple[j + 1], simple[k], simple[k + 1]));
            }
            assertThat(nearest).as("point " + i / 2).isLessThanOrEqualTo(1.5);
        }
        assertThat(Polygons.toRle(100, 100, Polygons.of(mask, 1.5)).iou(mask)).isGreaterThan(0.95);
    }

    @Test
    void aRingThatWouldCollapseStaysExact() {
        assertThat(Polygons.of(mask("##"), 100).get(0).outer()).containsExactly(0, 0, 2, 0, 2, 1, 0, 1);
        assertThatThrownBy(() -> Polygons.of(mask("#"), -1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> Polygons.of(mask("#"), Double.NaN)).hasMessageContaining("NaN");
    }

    private static CocoRle mask(String... rows) {
        boolean[] inside = new boolean[rows.length * rows[0].length()];
        IntStream.range(0, inside.length)
                .forEach(i -> inside[i] = rows[i / rows[0].length()].charAt(i % rows[0].length()) == '#');
        return CocoRle.encode(rows.length, rows[0].length(), inside);
    }

    /** Noise and blobs of all densities, from one pixel up. */
    private static CocoRle random(int seed) {
        Random random = new Random(seed);
        int height = 1 + random.nextInt(30);
        int width = 1 + random.nextInt(30);
        double density = random.nextDouble();
        double stickiness = random.nextDouble();
        boolean[] inside = new boolean[height * width];
        for (int i = 0; i < inside.length; i++) {
            int neighbour = random.nextBoolean() ? i - 1 : i - width;
            boolean copy = neighbour >= 0 && random.nextDouble() < stickiness;
            inside[i] = copy ? inside[neighbour] : random.nextDouble() < density;
        }
        return CocoRle.encode(height, width, inside);
    }

    /** Positive for a ring that runs clockwise on a screen. */
    private static double signedArea(double[] ring) {
        double twice = 0;
        for (int i = 0; i < ring.length; i += 2) {
            int j = (i + 2) % ring.length;
            twice += ring[i] * ring[j + 1] - ring[j] * ring[i + 1];
        }
        return twice / 2;
    }

    private static double distance(double x, double y, double ax, double ay, double bx, double by) {
        double length = (bx - ax) * (bx - ax) + (by - ay) * (by - ay);
        double along = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
        return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
    }
}
