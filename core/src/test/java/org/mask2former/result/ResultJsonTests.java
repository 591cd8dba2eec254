package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mask2former.result.TestResults.LABELS;
import static org.mask2former.result.TestResults.instances;
import static org.mask2former.result.TestResults.semantic;
import static org.mask2former.result.TestResults.street;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResultJsonTests {
    private static final ResultJson LINE = ResultJson.DEFAULT.withIndent(false);

    @Test
    void everySegmentCanBeReadBack() throws IOException {
        PanopticSegmentation street = street(60, 40, 3);
        JsonNode json = parse(ResultJson.DEFAULT.toJson(street, "street.jpg", "owner/model"));
        assertThat(json.get("picture").asText()).isEqualTo("street.jpg");
        assertThat(json.get("width").asInt()).isEqualTo(60);
        assertThat(json.get("height").asInt()).isEqualTo(40);
        assertThat(json.get("task").asText()).isEqualTo("panoptic");
        assertThat(json.get("model").asText()).isEqualTo("owner/model");
        assertThat(json.get("segments")).hasSize(street.segments().size());
        for (int i = 0; i < street.segments().size(); i++) {
            Segment expected = street.segments().get(i);
            JsonNode actual = json.get("segments").get(i);
            JsonNode box = actual.get("box");
            JsonNode rle = actual.get("rle");
            Segment read = new Segment(
                    actual.get("id").asInt(),
                    actual.get("label_id").asInt(),
                    actual.get("label").asText(),
                    actual.get("thing").asBoolean(),
                    expected.score(),
                    actual.get("area").asLong(),
                    new Box(
                            box.get(0).asInt(),
                            box.get(1).asInt(),
                            box.get(2).asInt(),
                            box.get(3).asInt()),
                    CocoRle.parse(
                            rle.get("size").get(0).asInt(),
                            rle.get("size").get(1).asInt(),
                            rle.get("counts").asText()));
            assertThat(read).isEqualTo(expected);
            assertThat(actual.get("score").asDouble()).isEqualTo(Math.round(expected.score() * 1e6) / 1e6);
        }
    }

    @Test
    void theFormIsStable() {
        InstanceSegmentation result = instances(new int[] {1}, new String[] {".##", ".##"});
        assertThat(LINE.withPolygons(true).toJson(result, "a.png", "m"))
                .isEqualTo("{\"picture\":\"a.png\",\"width\":3,\"height\":2,\"task\":\"instance\",\"model\":\"m\","
                        + "\"segments\":[{\"id\":1,\"label_id\":1,\"label\":\"car\",\"thing\":true,\"score\":0.9,"
                        + "\"area\":4,\"box\":[1,0,2,2],\"rle\":{\"size\":[2,3],\"counts\":\"24\"},"
                        + "\"polygons\":[[[1,0,3,0,3,2,1,2]]]}]}");
        assertThat(LINE.withMasks(false).toJson(result, "", ""))
                .isEqualTo("{\"width\":3,\"height\":2,\"task\":\"instance\","
                        + "\"segments\":[{\"id\":1,\"label_id\":1,\"label\":\"car\",\"thing\":true,\"score\":0.9,"
                        + "\"area\":4,\"box\":[1,0,2,2]}]}");
    }

    @Test
    void semanticResultsHaveSharesInsteadOfScores() throws IOException {
        JsonNode json = parse(semantic(2, 2, new short[] {3, 3, 3, 0}).toJson());
        assertThat(json.get("task").asText()).isEqualTo("semantic");
        double shares = 0;
        for (JsonNode segment : json.get("segments")) {
            assertThat(segment.has("score")).isFalse();
            shares += segment.get("share").asDouble();
        }
        assertThat(shares).isEqualTo(1);
    }

    @Test
    void smallNumbersAreWrittenPlainly() {
        Segment faint = new Segment(1, 0, "person", true, 0.00001234, 1, new Box(0, 0, 1, 1), TestResults.mask("#"));
        Segment zero = new Segment(2, 0, "person", true, 0, 1, new Box(0, 0, 1, 1), TestResults.mask("#"));
        InstanceSegmentation result =
                new InstanceSegmentation(TestResults.picture(1, 1, 1), LABELS, List.of(faint, zero));
        assertThat(LINE.toJson(result, "", "")).contains("\"score\":0.000012,").contains("\"score\":0,");
    }

    @Test
    void emptyResultsAreAnEmptyList() {
        InstanceSegmentation nothing = new InstanceSegmentation(TestResults.picture(2, 1, 1), LABELS, List.of());
        assertThat(LINE.toJson(nothing, "", ""))
                .isEqualTo("{\"width\":2,\"height\":1,\"task\":\"instance\",\"segments\":[]}");
    }

    @Test
    void awkwardNamesAreEscaped() throws IOException {
        InstanceSegmentation nothing = new InstanceSegmentation(TestResults.picture(2, 1, 1), LABELS, List.of());
        for (String name : List.of("\"quoted\"\\.jpg", "line\nbreak\u0000.png", "日本 😀.jpg", "</script>.gif")) {
            assertThat(parse(LINE.toJson(nothing, name, name)).get("picture").asText())
                    .isEqualTo(name);
        }
        assertThat(parse(LINE.toJson(nothing, "half \uD83D.jpg", ""))
                        .get("picture")
                        .asText())
                .isEqualTo("half ?.jpg");
    }

    @Test
    void polygonsHaveTheirHoles() throws IOException {
        InstanceSegmentation result = instances(new int[] {0}, new String[] {"####.", "#..#.", "####.", "....#"});
        JsonNode polygons = parse(
                        ResultJson.DEFAULT.withPolygons(true).withTolerance(0).toJson(result, "", ""))
                .at("/segments/0/polygons");
        List<Polygon> read = new ArrayList<>();
        for (JsonNode polygon : polygons) {
            List<double[]> rings = new ArrayList<>();
            for (JsonNode ring : polygon) {
                double[] points = new double[ring.size()];
                for (int i = 0; i < points.length; i++) {
                    points[i] = ring.get(i).asDouble();
                }
                rings.add(points);
            }
            read.add(new Polygon(rings.get(0), rings.subList(1, rings.size())));
        }
        assertThat(read).hasSize(2);
        assertThat(read.get(0).holes()).hasSize(1);
        assertThat(Polygons.toRle(4, 5, read))
                .isEqualTo(result.segments().get(0).mask());
    }

    @Test
    void theStreamIsLeftOpenAndItsFailuresAreNotHidden() throws IOException {
        PanopticSegmentation street = street(60, 40, 3);
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        LINE.write(street, "", "", two);
        int one = two.size();
        LINE.write(street, "", "", two);
        assertThat(two.size()).isEqualTo(2 * one);
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        assertThatThrownBy(() -> LINE.write(street, "", "", full)).hasMessage("No space left on device");
    }

    private static JsonNode parse(String json) throws IOException {
        return new ObjectMapper().readTree(json);
    }
}
