package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mask2former.result.TestResults.LABELS;
import static org.mask2former.result.TestResults.instances;
import static org.mask2former.result.TestResults.noise;
import static org.mask2former.result.TestResults.semantic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.mask2former.Mask2FormerException;

/** The forms of one picture that other tools read: semantic PNG, YOLO text and GeoJSON. */
class PlainFormsTests {

    @Test
    void aSemanticPngHoldsTheClassesAndTheirColours() throws IOException {
        BufferedImage image = png(semantic(2, 2, new short[] {3, 0, 2, 3}));
        assertThat(samples(image)).containsExactly(3, 0, 2, 3);
        IndexColorModel palette = (IndexColorModel) image.getColorModel();
        for (Label label : LABELS.list()) {
            assertThat(palette.getRGB(label.id()) & 0xffffff).isEqualTo(label.rgb());
        }
        assertThat(palette.getRGB(SemanticPng.VOID) & 0xffffff).isZero();
    }

    @Test
    void voidIs255() throws IOException {
        BufferedImage image = png(TestResults.panoptic(2, 1, new int[] {0, 9}, Map.of(9, 3)));
        assertThat(samples(image)).containsExactly(SemanticPng.VOID, 3);
    }

    @Test
    void moreThan255ClassesTake16Bits() throws IOException {
        Labels many = Labels.of(IntStream.range(0, 300)
                .mapToObj(i -> new Label(i, "class " + i, false, 1000 * i, i))
                .toList());
        SemanticSegmentation result =
                new SemanticSegmentation(TestResults.picture(2, 1, 1), many, new short[] {299, 256}, List.of());
        BufferedImage image = png(result);
        assertThat(image.getType()).isEqualTo(BufferedImage.TYPE_USHORT_GRAY);
        assertThat(samples(image)).containsExactly(299, 256);
        PanopticSegmentation nothing =
                new PanopticSegmentation(TestResults.picture(2, 1, 1), many, new int[2], List.of());
        assertThat(samples(png(nothing))).containsExactly(SemanticPng.VOID_16, SemanticPng.VOID_16);
    }

    @Test
    void instancesHaveNoSemanticPng() {
        InstanceSegmentation result = instances(new int[] {0}, new String[] {"#"});
        assertThatThrownBy(() -> png(result))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage(
                        "results of the task instance cannot be saved as semantic: a semantic PNG has one class for"
                                + " every pixel, but instances may overlap; use the task semantic or panoptic, or another form");
    }

    @Test
    void yoloTextHasALineForEachSegment() throws IOException {
        InstanceSegmentation result = instances(
                new int[] {1, 0},
                new String[] {"........", "..####..", "..####..", "........"},
                new String[] {"##......", "##......", "........", "........"});
        assertThat(yolo(result))
                .isEqualTo("1 0.250000 0.250000 0.750000 0.250000 0.750000 0.750000 0.250000 0.750000\n"
                        + "0 0.000000 0.000000 0.250000 0.000000 0.250000 0.500000 0.000000 0.500000\n");
    }

    @Test
    void yoloTextIsEmptyWithoutSegments() throws IOException {
        assertThat(yolo(new InstanceSegmentation(TestResults.picture(2, 1, 1), LABELS, List.of())))
                .isEmpty();
        assertThat(yolo(new InstanceSegmentation(
                        TestResults.picture(2, 1, 1),
                        LABELS,
                        List.of(Segment.of(1, LABELS.get(0), 1, CocoRle.empty(1, 2))))))
                .isEmpty();
    }

    @Test
    void yolosOnePolygonFillsAllPartsAndNoHoles() {
        for (long seed = 0; seed < 50; seed++) {
            CocoRle mask = noise(14, 11, 0.3 + 0.008 * seed, new Random(seed));
            double[] ring = YoloSegments.join(Polygons.of(mask));
            assertThat(RlePolygons.evenOdd(11, 14, List.of(ring)))
                    .as("seed " + seed)
                    .isEqualTo(mask);
        }
    }

    @Test
    void geoJsonNamesTheSegments() throws IOException {
        JsonNode json = geoJson(instances(new int[] {1}, new String[] {".##"}));
        assertThat(json.toString())
                .isEqualTo("{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":1,"
                        + "\"geometry\":{\"type\":\"Polygon\","
                        + "\"coordinates\":[[[1,0],[3,0],[3,1],[1,1],[1,0]]]},"
                        + "\"properties\":{\"id\":1,\"label_id\":1,\"label\":\"car\",\"thing\":true,\"score\":0.9,"
                        + "\"area\":2}}]}");
    }

    @Test
    void geoJsonOfNothingIsNull() throws IOException {
        JsonNode json = geoJson(new InstanceSegmentation(
                TestResults.picture(2, 1, 1), LABELS, List.of(Segment.of(1, LABELS.get(0), 1, CocoRle.empty(1, 2)))));
        assertThat(json.at("/features/0/geometry").isNull()).isTrue();
    }

    @Test
    void geoJsonsRingsAreValidWhateverTheMask() throws IOException {
        for (long seed = 0; seed < 60; seed++) {
            CocoRle mask = noise(16, 13, 0.2 + 0.012 * seed, new Random(seed));
            InstanceSegmentation result = new InstanceSegmentation(
                    TestResults.picture(16, 13, 1), LABELS, List.of(Segment.of(1, LABELS.get(0), 1, mask)));
            JsonNode geometry = geoJson(result).at("/features/0/geometry");
            JsonNode coordinates = geometry.get("coordinates");
            List<Polygon> polygons = new ArrayList<>();
            if (geometry.get("type").asText().equals("Polygon")) {
                polygons.add(polygon(coordinates, seed));
            } else {
                for (JsonNode polygon : coordinates) {
                    polygons.add(polygon(polygon, seed));
                }
            }
            assertThat(Polygons.toRle(13, 16, polygons)).as("seed " + seed).isEqualTo(mask);
        }
    }

    @Test
    void anOutlineThatTouchesItselfBecomesAHoleThatTouchesIt() {
        // The hole and the outside meet at the corner (3, 1).
        List<Polygon> polygons = Polygons.of(TestResults.mask("###.", "#.##", "####"));
        assertThat(polygons).hasSize(1);
        List<double[]> rings = GeoJson.rings(polygons.get(0));
        assertThat(rings.stream().map(GeoJson::area).toList()).containsExactly(22.0, -2.0);
        List<double[]> touching = GeoJson.rings(
                Polygons.of(TestResults.mask("####", "#.##", "##.#", "####")).get(0));
        assertThat(touching.stream().map(GeoJson::area).toList()).containsExactly(32.0, -2.0, -2.0);
    }

    /** A polygon of the file, after checking that each ring is closed, simple, and wound as RFC 7946 asks. */
    private static Polygon polygon(JsonNode node, long seed) {
        List<double[]> rings = new ArrayList<>();
        for (JsonNode ring : node) {
            int corners = ring.size() - 1;
            assertThat(corners).as("seed " + seed).isGreaterThanOrEqualTo(4);
            assertThat(ring.get(corners)).as("closed, seed " + seed).isEqualTo(ring.get(0));
            double[] points = new double[2 * corners];
            Set<String> distinct = new HashSet<>();
            for (int i = 0; i < corners; i++) {
                points[2 * i] = ring.get(i).get(0).asDouble();
                points[2 * i + 1] = ring.get(i).get(1).asDouble();
                distinct.add(ring.get(i).toString());
            }
            assertThat(distinct).as("touches itself nowhere, seed " + seed).hasSize(corners);
            assertThat(GeoJson.area(points) > 0)
                    .as("outer rings counter-clockwise, holes clockwise, seed " + seed)
                    .isEqualTo(rings.isEmpty());
            rings.add(points);
        }
        return new Polygon(rings.get(0), rings.subList(1, rings.size()));
    }

    private static BufferedImage png(Segmentation result) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SemanticPng.write(result, out);
        return ImageIO.read(new ByteArrayInputStream(out.toByteArray()));
    }

    private static int[] samples(BufferedImage image) {
        return image.getRaster().getSamples(0, 0, image.getWidth(), image.getHeight(), 0, (int[]) null);
    }

    private static String yolo(Segmentation result) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        YoloSegments.write(result, out);
        return out.toString(StandardCharsets.US_ASCII);
    }

    private static JsonNode geoJson(Segmentation result) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        GeoJson.write(result, out);
        return new ObjectMapper().readTree(out.toByteArray());
    }
}
