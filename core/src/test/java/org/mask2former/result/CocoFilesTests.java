package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.mask2former.result.TestResults.semantic;
import static org.mask2former.result.TestResults.street;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.Image;

/** COCO's two forms for many pictures, and how their files come to be. */
class CocoFilesTests {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @Test
    void resultsCanBeReadBack() throws IOException {
        PanopticSegmentation first = street(60, 40, 2);
        PanopticSegmentation second = street(31, 17, 1);
        Path file = folder.resolve("coco_results.json");
        try (CocoResults results = CocoResults.create(file)) {
            results.add(139, "000000000139.jpg", first);
            results.add(7, "b.jpg", second);
        }
        JsonNode list = JSON.readTree(file.toFile());
        assertThat(list).hasSize(first.segments().size() + second.segments().size());
        for (int i = 0; i < list.size(); i++) {
            boolean isFirst = i < first.segments().size();
            Segment segment = isFirst
                    ? first.segments().get(i)
                    : second.segments().get(i - first.segments().size());
            JsonNode entry = list.get(i);
            assertThat(entry.get("image_id").asLong()).isEqualTo(isFirst ? 139 : 7);
            assertThat(entry.get("category_id").asInt())
                    .isEqualTo(TestResults.LABELS.get(segment.labelId()).datasetId());
            assertThat(entry.get("score").asDouble()).isEqualTo(Math.round(segment.score() * 1e6) / 1e6);
            assertThat(entry.get("bbox").toString())
                    .isEqualTo("[" + segment.box().x() + "," + segment.box().y() + ","
                            + segment.box().width() + "," + segment.box().height() + "]");
            JsonNode size = entry.at("/segmentation/size");
            assertThat(CocoRle.parse(
                            size.get(0).asInt(),
                            size.get(1).asInt(),
                            entry.at("/segmentation/counts").asText()))
                    .isEqualTo(segment.mask());
        }
    }

    @Test
    void onePictureOnAStreamIsTheSameList() throws IOException {
        PanopticSegmentation street = street(60, 40, 2);
        Path file = folder.resolve("coco_results.json");
        try (CocoResults results = CocoResults.create(file)) {
            results.add(1, "a.jpg", street);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CocoResults.write(street, 1, "a.jpg", out);
        assertThat(JSON.readTree(out.toByteArray())).isEqualTo(JSON.readTree(file.toFile()));
    }

    @Test
    void noPicturesAndPicturesWithoutSegmentsAreValidToo() throws IOException {
        Path file = folder.resolve("coco_results.json");
        CocoResults.create(file).close();
        assertThat(JSON.readTree(file.toFile())).isEmpty();
        PanopticSegmentation nothing = TestResults.panoptic(4, 3, new int[12], Map.of());
        try (CocoResults results = CocoResults.create(file)) {
            results.add(1, "a", nothing);
            results.add(2, "b", street(20, 20, 1));
            results.add(3, "c", nothing);
        }
        assertThat(JSON.readTree(file.toFile())).hasSize(3);
        CocoPanoptic.create(folder.resolve("panoptic.json")).close();
        assertThat(JSON.readTree(folder.resolve("panoptic.json").toFile()).get("annotations"))
                .isEmpty();
    }

    @Test
    void theFileAppearsOnlyWhenItIsWholeAndKeepsWhatWasAddedBeforeAFailure() throws IOException {
        Path file = folder.resolve("coco_results.json");
        assertThatThrownBy(() -> {
                    try (CocoResults results = CocoResults.create(file)) {
                        results.add(1, "a", street(20, 20, 1));
                        assertThat(file).doesNotExist();
                        throw new IllegalStateException("the next picture is broken");
                    }
                })
                .hasMessage("the next picture is broken");
        assertThat(JSON.readTree(file.toFile())).hasSize(3);
        assertThat(files()).containsExactly("coco_results.json");
    }

    @Test
    void semanticResultsAreRefused() {
        try (CocoResults results = CocoResults.create(folder.resolve("r.json"))) {
            assertThatThrownBy(() -> results.add(1, "a", semantic(1, 1, new short[1])))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("cannot be saved as coco");
        }
    }

    @Test
    void panopticIdsAndSegmentsCanBeReadBack() throws IOException {
        PanopticSegmentation result =
                TestResults.panoptic(3, 2, new int[] {0, 1, 258, 70_000, 70_000, 0}, Map.of(1, 0, 258, 2, 70_000, 3));
        Path json = folder.resolve("panoptic.json");
        try (CocoPanoptic panoptic = CocoPanoptic.create(json)) {
            panoptic.add(42, "street.jpg", "street.panoptic.png", result);
        }
        assertThat(ids(folder.resolve("street.panoptic.png"))).isEqualTo(result.idMap());
        JsonNode root = JSON.readTree(json.toFile());
        assertThat(root.at("/images/0").toString())
                .isEqualTo("{\"id\":42,\"file_name\":\"street.jpg\",\"width\":3,\"height\":2}");
        assertThat(root.get("categories")).hasSize(TestResults.LABELS.size());
        assertThat(root.at("/categories/0").toString())
                .isEqualTo("{\"id\":1,\"name\":\"person\",\"isthing\":1,\"color\":[220,20,60]}");
        JsonNode annotation = root.at("/annotations/0");
        assertThat(annotation.get("image_id").asInt()).isEqualTo(42);
        assertThat(annotation.get("file_name").asText()).isEqualTo("street.panoptic.png");
        assertThat(annotation.at("/segments_info/2").toString())
                .isEqualTo("{\"id\":70000,\"category_id\":149,\"area\":2,\"bbox\":[0,1,2,1],\"iscrowd\":0,"
                        + "\"isthing\":false,\"score\":"
                        + Math.round(result.segments().get(2).score() * 1e6) / 1e6 + "}");
    }

    @Test
    void idsThatAPngCannotHoldAreRefused() {
        PanopticSegmentation result = TestResults.panoptic(1, 1, new int[] {1 << 24}, Map.of(1 << 24, 0));
        assertThatThrownBy(() -> CocoPanoptic.encode(result)).hasMessageContaining("16777215, not 16777216");
    }

    @Test
    void cocosOwnPanopticFilesSurviveReadingAndWriting() throws IOException {
        assumeThat(Fixtures.data("coco128")).as("real pictures are not here").isPresent();
        Path data = Fixtures.data("coco128").orElseThrow();
        JsonNode root = JSON.readTree(data.resolve("panoptic_val2017.json").toFile());
        Labels labels = Labels.table("coco_panoptic_133");
        Map<Integer, Label> byCategory = new HashMap<>();
        labels.list().forEach(label -> byCategory.put(label.datasetId(), label));
        JsonNode annotation = root.at("/annotations/0");
        Path png = data.resolve("panoptic_val2017")
                .resolve(annotation.get("file_name").asText());
        int[] ids = ids(png);
        Image size = Image.read(png);
        Map<Integer, CocoRle> masks = CocoRle.encodeAll(size.height(), size.width(), ids);
        List<Segment> segments = Stream.iterate(0, i -> i + 1)
                .limit(annotation.get("segments_info").size())
                .map(i -> annotation.get("segments_info").get(i))
                .map(info -> Segment.of(
                        info.get("id").asInt(),
                        byCategory.get(info.get("category_id").asInt()),
                        1,
                        masks.get(info.get("id").asInt())))
                .toList();
        Path out = folder.resolve("panoptic.json");
        try (CocoPanoptic panoptic = CocoPanoptic.create(out)) {
            panoptic.add(139, "139.jpg", "139.png", new PanopticSegmentation(size, labels, ids, segments));
        }
        assertThat(ids(folder.resolve("139.png"))).isEqualTo(ids);
        JsonNode written = JSON.readTree(out.toFile()).at("/annotations/0/segments_info");
        for (int i = 0; i < segments.size(); i++) {
            JsonNode expected = annotation.at("/segments_info/" + i);
            for (String field : List.of("id", "category_id", "area", "bbox", "iscrowd")) {
                assertThat(written.get(i).get(field)).as(field).isEqualTo(expected.get(field));
            }
        }
    }

    @Test
    void aFullDiskGivesOneLineAndLeavesNothing() throws IOException {
        Path file = folder.resolve("coco_results.json");
        CocoResults results = new CocoResults(new StreamedJson(file, "[", out -> {
            throw new IOException("No space left on device");
        }));
        results.add(1, "a", street(20, 20, 1));
        assertThatThrownBy(results::close)
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage("cannot write " + file + ": the disk is full (No space left on device); free some space");
        assertThat(files()).isEmpty();
        results.close();
        assertThatThrownBy(() -> results.add(1, "a", street(20, 20, 1))).hasMessageContaining("the disk is full");
    }

    @Test
    void aFolderThatCannotBeWrittenToIsNamed() throws IOException {
        Path notAFolder = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> CocoResults.create(notAFolder.resolve("r.json")))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageStartingWith("cannot write " + notAFolder.resolve("r.json") + ": ");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static int[] ids(Path png) {
        byte[] rgb = Image.read(png).rgb();
        int[] ids = new int[rgb.length / 3];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (rgb[3 * i] & 0xff) | (rgb[3 * i + 1] & 0xff) << 8 | (rgb[3 * i + 2] & 0xff) << 16;
        }
        return ids;
    }
}
