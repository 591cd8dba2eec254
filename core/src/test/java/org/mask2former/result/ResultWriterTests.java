package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.mask2former.result.TestResults.street;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.image.Image;

class ResultWriterTests {
    private static final Set<ResultFormat> ALL = EnumSet.allOf(ResultFormat.class);
    private static final Set<ResultFormat> USUAL = EnumSet.of(ResultFormat.JSON, ResultFormat.OVERLAY);

    @TempDir
    Path temporary;

    @Test
    void writesEveryForm() throws IOException {
        Path folder = temporary.resolve("new/folder");
        PanopticSegmentation street = street(80, 60, 2);
        try (ResultWriter writer = open(folder, ALL)) {
            assertThat(writer.write(street, "pictures/street.jpg"))
                    .containsExactlyInAnyOrder(
                            folder.resolve("street.json"),
                            folder.resolve("street.png"),
                            folder.resolve("street.panoptic.png"),
                            folder.resolve("street.semantic.png"),
                            folder.resolve("street.txt"),
                            folder.resolve("street.geojson"));
        }
        assertThat(files(folder))
                .containsExactly(
                        "coco_results.json",
                        "panoptic.json",
                        "street.geojson",
                        "street.json",
                        "street.panoptic.png",
                        "street.png",
                        "street.semantic.png",
                        "street.txt");
        JsonNode json = json(folder.resolve("street.json"));
        assertThat(json.get("picture").asText()).isEqualTo("street.jpg");
        assertThat(json.get("model").asText()).isEqualTo("tiny");
        assertThat(Image.read(folder.resolve("street.png")).rgb())
                .isEqualTo(street.overlay().rgb());
        assertThat(json(folder.resolve("panoptic.json"))
                        .at("/annotations/0/file_name")
                        .asText())
                .isEqualTo("street.panoptic.png");
        assertThat(json(folder.resolve("coco_results.json")))
                .hasSize(street.segments().size());
    }

    @Test
    void picturesOfOneNameDoNotOverwriteEachOther() throws IOException {
        try (ResultWriter writer = open(temporary, USUAL)) {
            for (String picture : List.of("a/photo.jpg", "a/photo.png", "b/photo.jpg", "Photo.jpg", "photo-2.jpg")) {
                writer.write(street(8, 8, 1), picture);
            }
        }
        assertThat(files(temporary).stream().filter(name -> name.endsWith(".json")))
                .containsExactly("Photo-4.json", "photo-2-2.json", "photo-2.json", "photo-3.json", "photo.json");
        assertThat(json(temporary.resolve("photo-2.json")).get("picture").asText())
                .isEqualTo("photo.png");
    }

    @Test
    void formsAndFilesForAllPicturesDoNotClash() {
        OutputNames names = new OutputNames(
                temporary, List.of(".json", ".png", ".panoptic.png"), List.of("panoptic.json"), List.of());
        assertThat(names.next("panoptic.jpg")).isEqualTo("panoptic-2");
        assertThat(names.next("a.jpg")).isEqualTo("a");
        assertThat(names.next("a.panoptic.jpg")).isEqualTo("a.panoptic-2");
    }

    @Test
    void inputsAreNeverOverwritten() throws IOException {
        Path photo = temporary.resolve("photo.png");
        TestResults.picture(8, 8, 1).write(photo);
        byte[] before = Files.readAllBytes(photo);
        ResultWriter.Options options = ResultWriter.Options.DEFAULT.withInputs(List.of(photo));
        try (ResultWriter writer = ResultWriter.open(temporary, Task.PANOPTIC, USUAL, options)) {
            writer.write(street(8, 8, 1), temporary.resolve("photo.jpg").toString());
            writer.write(street(8, 8, 1), photo.toString());
        }
        assertThat(Files.readAllBytes(photo)).isEqualTo(before);
        assertThat(files(temporary))
                .containsExactly("photo-2.json", "photo-2.png", "photo-3.json", "photo-3.png", "photo.png");
    }

    @Test
    void resultsOfAnEarlierRunAreReplaced() throws IOException {
        for (int people = 1; people <= 2; people++) {
            try (ResultWriter writer = open(temporary, ALL)) {
                writer.write(street(80, 60, people), "street.jpg");
            }
        }
        assertThat(files(temporary)).hasSize(8);
        assertThat(json(temporary.resolve("street.json")).get("segments")).hasSize(4);
        assertThat(json(temporary.resolve("coco_results.json"))).hasSize(4);
    }

    @Test
    void awkwardNamesBecomePossibleOnes() {
        OutputNames names = new OutputNames(temporary, List.of(".json"), List.of(), List.of());
        assertThat(names.next("-")).isEqualTo("stdin");
        assertThat(names.next("https://host/a%20b/photo%20one.jpeg?size=3#x")).isEqualTo("photo one");
        assertThat(names.next("http://host/?q=1")).isEqualTo("picture");
        assertThat(names.next("http://bad host/x.png?y")).isEqualTo("x");
        assertThat(names.next("C:\\pictures\\cat.jpg")).isEqualTo("cat");
        assertThat(names.next("a<b>:\"|?*\u0007.png")).isEqualTo("a_b" + "_".repeat(7));
        assertThat(names.next("v1.2 final.jpg")).isEqualTo("v1.2 final");
        assertThat(names.next("archive.tar.gz")).isEqualTo("archive.tar");
        assertThat(names.next("noending")).isEqualTo("noending");
        assertThat(names.next(".hidden")).isEqualTo("hidden");
        assertThat(names.next("...")).isEqualTo("picture-2");
        assertThat(names.next("con.jpg")).isEqualTo("_con");
        assertThat(names.next("x".repeat(400) + ".jpg")).isEqualTo("x".repeat(150));
        assertThat(names.next("x".repeat(400) + ".png")).isEqualTo("x".repeat(150) + "-2");
        assertThat(names.next("😀".repeat(100) + ".jpg")).hasSizeLessThan(150);
    }

    @Test
    void formsThatDoNotFitTheTaskAreRefusedBeforeAnythingIsWritten() throws IOException {
        for (Task task : Task.values()) {
            for (ResultFormat format : ResultFormat.values()) {
                if (!format.fits(task)) {
                    assertThatThrownBy(() -> ResultWriter.open(
                                    temporary.resolve("out"), task, Set.of(format), ResultWriter.Options.DEFAULT))
                            .isInstanceOf(Mask2FormerException.class)
                            .hasMessageMatching(
                                    "results of the task \\w+ cannot be saved as \\w+: .*; use the task .*");
                }
            }
        }
        assertThat(files(temporary)).isEmpty();
        assertThat(ResultFormat.PANOPTIC.fits(Task.INSTANCE)).isFalse();
        assertThat(ResultFormat.SEMANTIC.fits(Task.INSTANCE)).isFalse();
        assertThat(ResultFormat.COCO.fits(Task.INSTANCE)).isTrue();
    }

    @Test
    void aFolderThatCannotBeWrittenToIsRefusedBeforeAnyWork() throws IOException {
        Path file = Files.writeString(temporary.resolve("file"), "");
        assertThatThrownBy(() -> open(file, USUAL))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage("cannot write results into the folder " + file + ": " + file
                        + " is not a folder; choose another place");
        Path locked = Files.createDirectory(temporary.resolve("locked"));
        assumeThat(locked.toFile().setWritable(false) && !Files.isWritable(locked))
                .as("the superuser may write everywhere")
                .isTrue();
        try {
            assertThatThrownBy(() -> open(locked, USUAL))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining("permission denied");
        } finally {
            assertThat(locked.toFile().setWritable(true)).isTrue();
        }
    }

    @Test
    void aPictureHasAllOfItsFilesOrNone() throws IOException {
        Files.createDirectory(temporary.resolve("street.geojson"));
        try (ResultWriter writer = open(temporary, ALL)) {
            assertThatThrownBy(() -> writer.write(street(20, 20, 1), "street.jpg"))
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageStartingWith("cannot write " + temporary.resolve("street.geojson") + ": ");
            writer.write(street(20, 20, 1), "next.jpg");
        }
        assertThat(files(temporary))
                .containsExactly(
                        "coco_results.json",
                        "next.geojson",
                        "next.json",
                        "next.panoptic.png",
                        "next.png",
                        "next.semantic.png",
                        "next.txt",
                        "panoptic.json",
                        "street.geojson");
        assertThat(json(temporary.resolve("panoptic.json")).get("annotations")).hasSize(1);
    }

    @Test
    void whatCannotBeBegunLeavesNothing() throws IOException {
        Files.createDirectory(temporary.resolve("coco_results.json"));
        assertThatThrownBy(() -> open(temporary, ALL)).hasMessageContaining("it is a folder");
        assertThat(files(temporary)).containsExactly("coco_results.json");
    }

    @Test
    void manyThreadsCanWrite() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (ResultWriter writer = open(temporary, ALL)) {
            List<Callable<List<Path>>> tasks = new ArrayList<>();
            IntStream.range(0, 40).forEach(i -> tasks.add(() -> writer.write(street(20, 20, 1), i % 5 + ".jpg")));
            Set<Path> written = new HashSet<>();
            for (Future<List<Path>> files : threads.invokeAll(tasks)) {
                written.addAll(files.get());
            }
            assertThat(written).hasSize(40 * 6);
        } finally {
            threads.shutdown();
        }
        assertThat(files(temporary)).hasSize(40 * 6 + 2);
        assertThat(json(temporary.resolve("coco_results.json"))).hasSize(40 * 3);
        Set<Long> ids = new HashSet<>();
        json(temporary.resolve("panoptic.json"))
                .get("images")
                .forEach(image -> ids.add(image.get("id").asLong()));
        assertThat(ids).hasSize(40);
    }

    @Test
    void picturesAreNumberedByTheirNamesElseInOrder() {
        CocoImageIds ids = new CocoImageIds();
        assertThat(ids.next("street.jpg")).isEqualTo(1);
        assertThat(ids.next("000000000139.jpg")).isEqualTo(139);
        assertThat(ids.next("COCO_val2014_000000000042.jpg")).isEqualTo(42);
        assertThat(ids.next("2")).isEqualTo(2);
        assertThat(ids.next("photo3.jpg")).isEqualTo(3);
        assertThat(ids.next("139.png")).isEqualTo(4);
        assertThat(ids.next("99999999999999999999.png")).isEqualTo(5);
    }

    private static ResultWriter open(Path folder, Set<ResultFormat> formats) {
        return ResultWriter.open(folder, Task.PANOPTIC, formats, ResultWriter.Options.DEFAULT.withModel("tiny"));
    }

    private static JsonNode json(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
