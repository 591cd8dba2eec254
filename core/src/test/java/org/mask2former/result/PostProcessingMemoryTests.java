package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mask2former.Compat;
import org.mask2former.Task;
import org.mask2former.image.Geometry;
import org.mask2former.image.Image;

/** Memory does not grow with queries × pixels: another JVM, whose whole heap is small, post-processes a large picture. */
class PostProcessingMemoryTests {
    private static final int WIDTH = 4000;
    private static final int HEIGHT = 3000;
    private static final int QUERIES = 100;
    /** The picture has 34 MiB, the logits 21 MiB; what is left is less than the 200 MB that are allowed beyond the picture. */
    private static final String HEAP = "-Xmx200m";

    @Test
    void aPictureOf4000By3000WithAHundredInstancesFitsASmallHeap() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        HEAP,
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath(
                                Child.class,
                                PostProcessor.class,
                                ObjectMapper.class,
                                JsonFactory.class,
                                JsonCreator.class),
                        Child.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(output)
                .contains("PAPER INSTANCE 100")
                .contains("HF PANOPTIC")
                .doesNotContain("Exception");
        assertThat(process.exitValue()).as(output).isZero();
    }

    private static String classPath(Class<?>... classes) {
        return Stream.of(classes)
                .map(PostProcessingMemoryTests::location)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String location(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What the other JVM runs: every task by both rule books, a hundred queries that all count. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws IOException {
            Prediction prediction = prediction();
            Image picture = Image.ofRgb(WIDTH, HEIGHT, new byte[3 * WIDTH * HEIGHT]);
            Labels labels = Labels.table("coco_panoptic_133");
            for (Compat compat : Compat.values()) {
                for (Task task : Task.values()) {
                    PostProcessOptions options = PostProcessOptions.defaults(compat, task, labels)
                            .withScoreThreshold(task == Task.INSTANCE ? 0 : 0.5);
                    Segmentation result = PostProcessor.of(compat).segment(task, prediction, picture, labels, options);
                    System.out.println(
                            compat + " " + task + " " + result.segments().size());
                }
            }
        }

        private static Prediction prediction() {
            Geometry geometry = new Geometry(HEIGHT, WIDTH, 800, 1067, 800, 1088);
            int h = 200;
            int w = 272;
            Prediction p = RandomPrediction.of(4, QUERIES, 133, geometry);
            for (int q = 0; q < QUERIES; q++) p.classLogits()[q * 134 + q % 80] += 15; // things, and sure of it
            if (p.maskHeight() != h || p.maskWidth() != w) throw new IllegalStateException();
            return p;
        }
    }
}
