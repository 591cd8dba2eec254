package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.image.Geometry;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.model.EngineOptions;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import org.mask2former.result.Prediction;

/** A run that learns from a finished model: what that one teaches, and what comes of it. */
class TeacherTests {
    private static final Geometry WHOLE = new Geometry(8, 8, 8, 8, 8, 8);

    @TempDir
    private Path folder;

    private SmallRun small;
    private Path weights;

    @BeforeEach
    void trainATeacher() {
        small = new SmallRun(folder);
        small.run("teacher", "steps=1", "parts.val=none");
        weights = folder.resolve("teacher/weights/last.safetensors");
    }

    private Teacher teacher(double threshold, PreprocessorConfig student, String... labels) {
        return new Teacher(
                new TeacherConfig(weights.toString(), 1, true, threshold),
                weights,
                List.of(labels),
                student,
                EngineOptions.DEFAULT.withThreads(1));
    }

    /** Of cars, persons and nothing: the first query says car, the second person, the third nothing. */
    private static Prediction prediction() {
        float ln2 = (float) Math.log(2);
        float[] classes = {2 * ln2, ln2, 0, 0, 2 * ln2, ln2, 0, 0, 4 * ln2}; // shares 4:2:1, 1:4:2, 1:1:16
        float[] masks = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        return new Prediction(3, 2, classes, 2, 2, masks, WHOLE);
    }

    @Test
    void itTeachesTheQueriesThatFindSomethingWithTheirProbabilities() {
        try (Teacher teacher = teacher(0.2, PreprocessorConfig.DEFAULT, "car", "person")) {
            SoftTarget target = teacher.target(prediction());
            assertThat(target.count()).isEqualTo(2);
            assertThat(target.classes().toFloats())
                    .usingComparatorWithPrecision(1e-6f)
                    .containsExactly(4 / 7f, 2 / 7f, 1 / 7f, 1 / 7f, 4 / 7f, 2 / 7f);
            assertThat(target.maskLogits().shape()).containsExactly(2, 2, 2);
            assertThat(target.maskLogits().toFloats()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        }
        try (Teacher teacher = teacher(0.05, PreprocessorConfig.DEFAULT, "car", "person")) {
            assertThat(teacher.target(prediction()).count()).isEqualTo(3);
        }
    }

    @Test
    void itsClassesAreTheStudentsByName() {
        try (Teacher teacher = teacher(0.2, PreprocessorConfig.DEFAULT, "person", "car")) {
            assertThat(teacher.target(prediction()).classes().toFloats())
                    .usingComparatorWithPrecision(1e-6f)
                    .containsExactly(2 / 7f, 4 / 7f, 1 / 7f, 4 / 7f, 1 / 7f, 2 / 7f);
        }
    }

    @Test
    void classesThatTheStudentHasNotCountAsNothing() {
        try (Teacher teacher = teacher(0.2, PreprocessorConfig.DEFAULT, "person")) {
            assertThat(teacher.target(prediction()).classes().toFloats())
                    .usingComparatorWithPrecision(1e-6f)
                    .containsExactly(2 / 7f, 5 / 7f, 4 / 7f, 3 / 7f);
            assertThat(teacher.said(new TeacherConfig("big", 1, false, 0.2)))
                    .isEqualTo("learning from big alone; its 1 other classes count as nothing");
        }
    }

    @Test
    void aTeacherThatDoesNotKnowAClassIsRefusedInOneLine() {
        assertThatThrownBy(() -> teacher(0.2, PreprocessorConfig.DEFAULT, "car", "tree", "bus"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("does not know 2 of the data set's 3 classes: tree, bus; its own are car, person")
                .hasMessageNotContaining("\n");
    }

    @Test
    void itSeesThePicturesAsItWasTrainedToSeeThem() {
        PreprocessorConfig d = PreprocessorConfig.DEFAULT;
        PreprocessorConfig other = new PreprocessorConfig(
                true,
                d.size(),
                32,
                true,
                1.0 / 255,
                true,
                List.of(0.5, 0.4, 0.3),
                List.of(0.5, 0.25, 0.125),
                false,
                d.ignoreIndex(),
                d.numLabels());
        byte[] rgb = new byte[3 * 64 * 64];
        new Random(11).nextBytes(rgb);
        try (Teacher same = teacher(0, d, "car", "person");
                Teacher through = teacher(0, other, "car", "person")) {
            float[] expected = seen(same, rgb, d);
            float[] actual = seen(through, rgb, other);
            assertThat(actual).hasSameSizeAs(expected);
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).as("seed 11").isCloseTo(expected[i], within(1e-3f));
            }
        }
    }

    private static float[] seen(Teacher teacher, byte[] rgb, PreprocessorConfig normalisation) {
        Normalisation table = new Normalisation(normalisation);
        float[] pixels = new float[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            pixels[i] = table.channel(i / (64 * 64))[rgb[i] & 0xff];
        }
        Target nothing = new Target(new int[0], HostTensor.of(DType.U8, new int[] {0, 64, 64}, ByteBuffer.allocate(0)));
        List<TrainingSample> batch = List.of(new TrainingSample("noise", pixels, nothing));
        return teacher.targets(batch, pixels).get(0).maskLogits().toFloats();
    }

    @Test
    void aStudentComesNearItsTeacherWithoutAnnotations() {
        small.run(
                "student",
                "steps=40",
                "seed=2",
                "parts.val=none",
                "augmentation.jitter=[1, 1]",
                "augmentation.color=none",
                "teacher.model=" + weights,
                "teacher.annotations=false",
                "teacher.threshold=0");

        assertThat(small.heard).contains("learning from " + weights + " alone");
        List<Map<String, Double>> rows = new ResultsCsv(folder.resolve("student/results.csv"), 40).rows();
        assertThat(rows)
                .allSatisfy(row -> assertThat(row).containsKeys("teacher").doesNotContainKeys("class", "mask", "dice"));
        assertThat(rows.get(rows.size() - 1).get("teacher"))
                .isLessThan(0.5 * rows.get(0).get("teacher"));
    }

    @Test
    void withAnnotationsBothAreLearnedAndAStoppedRunEndsAsOneThatWasNot() throws Exception {
        String[] taught = {"teacher.model=" + weights, "teacher.weight=0.5", "steps=4", "parts.val=none"};
        small.run("unbroken", taught);
        small.runFor(2, "broken", taught);
        small.run("broken", taught);

        assertThat(small.heard).contains("learning from " + weights + " and the annotations");
        assertThat(new ResultsCsv(folder.resolve("broken/results.csv"), 4).rows())
                .allSatisfy(row -> assertThat(row).containsKeys("class", "mask", "dice", "teacher"));
        try (Weights a = Safetensors.open(folder.resolve("unbroken/state.safetensors"));
                Weights b = Safetensors.open(folder.resolve("broken/state.safetensors"))) {
            for (String name : a.names()) {
                assertThat(b.tensor(name).toFloats())
                        .as(name)
                        .isEqualTo(a.tensor(name).toFloats());
            }
        }
        assertThat(Files.readString(folder.resolve("broken/config.yaml"))).contains("teacher:", "annotations: true");
    }

    @Test
    void aRunDoesNotGoOnWithAnotherTeacher() {
        small.runFor(1, "run", "teacher.model=" + weights, "parts.val=none");
        assertThatThrownBy(() -> small.run("run", "parts.val=none"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("teacher was")
                .hasMessageContaining("and is not set");
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatThrownBy(() -> small.config("teacher.model=x", "teacher.weight=0"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("teacher.weight must be more than 0");
        assertThatThrownBy(() -> small.config("teacher.weight=1"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("'model' is missing");
    }
}
