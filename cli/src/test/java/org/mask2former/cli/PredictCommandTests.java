package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.checkpoint.HubServer;

/** predict, with a small checkpoint of random weights: its segments mean nothing, but there are some. */
class PredictCommandTests {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path temp;

    @Test
    void aPictureGetsItsJsonAndItsOverlay() throws IOException {
        Path picture = Pictures.write(temp.resolve("street.png"));
        Path output = temp.resolve("out");
        Run run = predict("--task", "panoptic", "--source", picture, "--output", output);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).startsWith(picture + ": ").contains(" → " + output.resolve("street.json"));
        assertThat(run.err()).isEmpty();
        assertThat(files(output)).containsExactly("street.json", "street.png");
        JsonNode json = JSON.readTree(output.resolve("street.json").toFile());
        assertThat(json.get("width").asInt()).isEqualTo(80);
        assertThat(json.get("task").asText()).isEqualTo("panoptic");
        BufferedImage overlay = ImageIO.read(output.resolve("street.png").toFile());
        assertThat(List.of(overlay.getWidth(), overlay.getHeight())).containsExactly(80, 60);
    }

    @Test
    void allFormsOfAPanopticResultAreWrittenWhenAskedFor() throws IOException {
        Path output = temp.resolve("out");
        Run run = predict(
                "--save",
                "coco,panoptic,semantic,yolo,geojson",
                "--threshold",
                "0",
                "-o",
                output,
                Pictures.write(temp.resolve("a.png")));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(files(output))
                .containsExactly(
                        "a.geojson",
                        "a.json",
                        "a.panoptic.png",
                        "a.png",
                        "a.semantic.png",
                        "a.txt",
                        "coco_results.json",
                        "panoptic.json");
    }

    @Test
    void jsonGoesToStandardOutputALineAPictureAndNoFileIsWritten() throws IOException {
        Path first = Pictures.write(temp.resolve("a.png"));
        Path second = Pictures.write(temp.resolve("b.png"));
        List<String> before = files(temp);
        Run run = predict("--json", "--task", "instance", "--threshold", "0", "--polygons", first, second);
        assertThat(run.code()).as(run.err()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(JSON.readTree(lines.get(0)).get("picture").asText()).endsWith("a.png");
        JsonNode segments = JSON.readTree(lines.get(1)).get("segments");
        assertThat(segments).isNotEmpty();
        assertThat(segments.get(0).has("polygons")).isTrue();
        assertThat(files(temp)).isEqualTo(before);
    }

    @Test
    void oneBrokenPictureDoesNotStopTheRestAndTheExitCodeIs3() throws IOException {
        Path good = Pictures.write(temp.resolve("good.png"));
        Path bad = Files.writeString(temp.resolve("bad.jpg"), "no picture");
        Path output = temp.resolve("out");
        Run run = predict("-o", output, bad, temp.resolve("missing.jpg"), good);
        assertThat(run.code()).isEqualTo(3);
        assertThat(run.err().lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("error: ").contains(bad.toString()),
                        line -> assertThat(line).startsWith("error: ").contains("missing.jpg"),
                        line -> assertThat(line).startsWith("1 of 3 pictures in "));
        assertThat(run.out().lines()).hasSize(1);
        assertThat(files(output)).containsExactly("good.json", "good.png");
    }

    @Test
    void whereAllFailTheExitCodeIs1AndNoFolderIsLeft() {
        Path output = temp.resolve("out");
        Run run = predict("-o", output, temp.resolve("missing.jpg"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(output).doesNotExist();
    }

    @Test
    void foldersAndGlobsAreSearched() throws IOException {
        for (String name : List.of("in/b.png", "in/a.png", "in/.hidden.png", "in/deep/c.png", "in/note.txt")) {
            Pictures.write(temp.resolve(name));
        }
        assertThat(pictures(predict("--json", temp.resolve("in")))).containsExactly("a.png", "b.png");
        assertThat(pictures(predict("--json", "--recursive", temp.resolve("in"))))
                .containsExactly("a.png", "b.png", "c.png");
        assertThat(pictures(predict("--json", temp + "/in/[ab].png"))).containsExactly("a.png", "b.png");
        assertThat(pictures(predict("--json", temp + "/**/c.png"))).containsExactly("c.png");
    }

    @Test
    void aPictureFromStandardInputIsCalledStdin() throws IOException {
        Path output = temp.resolve("out");
        List<String> args = new ArrayList<>(
                List.of("predict", "-m", Fixtures.path("tiny-swin").toString(), "-", "-o"));
        args.add(output.toString());
        Run run = Run.with(Map.of(), Pictures.png(50, 40), args.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(files(output)).containsExactly("stdin.json", "stdin.png");
    }

    @Test
    void aPictureFromAServerIsFetched() throws IOException {
        byte[] content = Pictures.png(64, 48);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean there = exchange.getRequestURI().getPath().equals("/some/street.png");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(there ? 200 : 404, head || !there ? -1 : content.length);
            if (!head && there) exchange.getResponseBody().write(content);
            exchange.close();
        });
        server.start();
        try {
            String base = "http://127.0.0.1:" + server.getAddress().getPort();
            Path output = temp.resolve("out");
            Run run = predict("-o", output, base + "/some/street.png?size=large", base + "/nothing.png");
            assertThat(run.code()).as(run.err()).isEqualTo(3);
            assertThat(files(output)).containsExactly("street.json", "street.png");
            assertThat(run.err()).contains("error: " + base + "/nothing.png");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aModelOfTheHubIsFetchedOnceAndItsLicenceShownOnce() throws IOException {
        Path picture = Pictures.write(temp.resolve("street.png"));
        try (HubServer hub = new HubServer()) {
            Path model = Fixtures.path("tiny-swin");
            hub.repository("someone/mask2former-tiny-instance")
                    .licence("cc-by-nc-4.0")
                    .small("config.json", Files.readString(model.resolve("config.json")))
                    .small("preprocessor_config.json", Files.readString(model.resolve("preprocessor_config.json")))
                    .large("model.safetensors", Files.readAllBytes(model.resolve("model.safetensors")));
            Map<String, String> environment = Map.of(
                    "HF_HOME",
                    temp.resolve("hf").toString(),
                    "HF_ENDPOINT",
                    hub.endpoint().toString());
            String[] command = {"predict", "--model", "someone/mask2former-tiny-instance", "--json", picture.toString()
            };
            Run first = Run.with(environment, command);
            assertThat(first.code()).as(first.err()).isZero();
            assertThat(JSON.readTree(first.out()).get("task").asText()).isEqualTo("instance");
            assertThat(first.err().lines())
                    .containsExactly(
                            "someone/mask2former-tiny-instance: licence of the weights: cc-by-nc-4.0",
                            "downloading model.safetensors (3 MB)");

            Run second = Run.with(environment, command);
            assertThat(second.out()).isEqualTo(first.out());
            assertThat(second.err()).isEmpty();

            assertThat(Run.with(environment, "info", "-m", "someone/mask2former-tiny-instance")
                            .out())
                    .contains("licence     cc-by-nc-4.0");
        }
    }

    @Test
    void thresholdsTopKAndClassesDecideWhatIsKept() throws IOException {
        Path picture = Pictures.write(temp.resolve("a.png"));
        JsonNode all = segments(predict("--json", "--task", "instance", "--threshold", "0", picture));
        assertThat(all.size()).isGreaterThan(3);
        double middle = all.get(all.size() / 2).get("score").asDouble();
        for (JsonNode s : segments(predict("--json", "--task", "instance", "--threshold", middle, picture))) {
            assertThat(s.get("score").asDouble()).isGreaterThanOrEqualTo(middle - 1e-6);
        }
        assertThat(segments(predict("--json", "--task", "instance", "--threshold", "0", "--top-k", "2", picture))
                        .size())
                .isLessThanOrEqualTo(2);
        String first = all.get(0).get("label").asText();
        JsonNode kept = segments(
                predict("--json", "--task", "instance", "--threshold", "0", "--classes", first.toUpperCase(), picture));
        assertThat(kept)
                .isNotEmpty()
                .allSatisfy(s -> assertThat(s.get("label").asText()).isEqualTo(first));
        assertThat(segments(predict(
                        "--json",
                        "--task",
                        "instance",
                        "--threshold",
                        "1",
                        "--class-threshold",
                        first + "=0",
                        picture)))
                .isNotEmpty()
                .allSatisfy(s -> assertThat(s.get("label").asText()).isEqualTo(first));
    }

    @Test
    void classesThatAreNotKeptBecomeVoid() throws IOException {
        Path picture = Pictures.write(temp.resolve("a.png"));
        Path output = temp.resolve("out");
        JsonNode all = segments(predict("--json", "--task", "semantic", picture));
        String label = all.get(0).get("label").asText();
        Run run = predict("--task", "semantic", "--classes", label, "--save", "semantic", "-o", output, picture);
        assertThat(run.code()).as(run.err()).isZero();
        BufferedImage map = ImageIO.read(output.resolve("a.semantic.png").toFile());
        int[] values = map.getRaster().getPixels(0, 0, 80, 60, (int[]) null);
        int id = all.get(0).get("label_id").asInt();
        assertThat(Arrays.stream(values).distinct().sorted()).isSubsetOf(id, 255);
        assertThat(Arrays.stream(values).filter(v -> v == id).count())
                .isEqualTo(all.get(0).get("area").asLong());
    }

    @Test
    void theTaskIsTheOneTheModelsNameEndsIn() throws IOException {
        Path model = temp.resolve("my-semantic");
        Files.createDirectory(model);
        try (Stream<Path> files = Files.list(Fixtures.path("tiny-swin"))) {
            for (Path file : files.toList()) Files.copy(file, model.resolve(file.getFileName()));
        }
        Path picture = Pictures.write(temp.resolve("a.png"));
        Run run = Run.of("predict", "-m", model + "/", "--json", picture.toString());
        assertThat(JSON.readTree(run.out()).get("task").asText()).isEqualTo("semantic");
        run = Run.of("predict", "-m", model.toString(), "--json", "--task", "instance", picture.toString());
        assertThat(JSON.readTree(run.out()).get("task").asText()).isEqualTo("instance");
    }

    @Test
    void optionsComeFromFlagThenEnvironmentThenFile() throws IOException {
        Path picture = Pictures.write(temp.resolve("a.png"));
        Path config = Files.writeString(temp.resolve("m2f.yaml"), """
                model: %s
                predict:
                  task: semantic
                  json: true
                """.formatted(Fixtures.path("tiny-swin")));
        String[] args = {"predict", "--config", config.toString(), picture.toString()};
        assertThat(task(Run.of(args))).isEqualTo("semantic");
        Map<String, String> environment = Map.of("M2F_TASK", "instance");
        assertThat(task(Run.with(environment, args))).isEqualTo("instance");
        String[] withFlag = {"predict", "--config", config.toString(), picture.toString(), "--task", "panoptic"};
        assertThat(task(Run.with(environment, withFlag))).isEqualTo("panoptic");
        assertThat(Run.with(environment, "predict", "--config", config.toString(), "--help")
                        .out())
                .contains("Segment pictures");
    }

    @Test
    void aResultNeverReplacesThePictureItComesFrom() throws IOException {
        Path picture = Pictures.write(temp.resolve("a.png"));
        byte[] before = Files.readAllBytes(picture);
        Run run = predict("-o", temp, picture);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(picture).hasBinaryContent(before);
        assertThat(files(temp)).containsExactly("a-2.json", "a-2.png", "a.png");
    }

    @Test
    void withoutOverlayThereIsNone() throws IOException {
        Path output = temp.resolve("out");
        assertThat(predict("--no-overlay", "-o", output, Pictures.write(temp.resolve("a.png")))
                        .code())
                .isZero();
        assertThat(files(output)).containsExactly("a.json");
    }

    private static String task(Run run) throws IOException {
        assertThat(run.code()).as(run.err()).isZero();
        return JSON.readTree(run.out()).get("task").asText();
    }

    private static JsonNode segments(Run run) throws IOException {
        assertThat(run.code()).as(run.err()).isZero();
        return JSON.readTree(run.out()).get("segments");
    }

    private static List<String> pictures(Run run) throws IOException {
        assertThat(run.code()).as(run.err()).isZero();
        List<String> names = new ArrayList<>();
        for (String line : run.out().lines().toList()) {
            names.add(Path.of(JSON.readTree(line).get("picture").asText())
                    .getFileName()
                    .toString());
        }
        return names;
    }

    private static Run predict(Object... args) {
        List<String> all = new ArrayList<>(
                List.of("predict", "--model", Fixtures.path("tiny-swin").toString()));
        for (Object arg : args) all.add(arg.toString());
        return Run.of(all.toArray(String[]::new));
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
