package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;
import org.mask2former.Mask2Former;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.image.Geometry;
import org.mask2former.image.Image;
import org.mask2former.image.PixelValues;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.ops.HostTensor;
import org.mask2former.result.Prediction;
import org.mask2former.torch.AutogradOps;
import org.mask2former.torch.AutogradOptions;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.TrainableWeights;

/** A run as a whole: what it writes, that it goes on exactly, and what it does when something goes wrong. */
class TrainerTests {
    @TempDir
    private Path folder;

    @Test
    void aRunLeavesAModelThatCanBeUsedAndAReportThatCanBeLookedAt() {
        SmallRun small = new SmallRun(folder);

        TrainingProgress end = small.run("run");

        assertThat(end.step()).isEqualTo(6);
        Path run = folder.resolve("run");
        assertThat(List.of("config.yaml", "results.csv", "batch.png", "state.safetensors", "samples/0000006.png"))
                .allSatisfy(name -> assertThat(run.resolve(name)).isNotEmptyFile());
        assertThat(small.heard)
                .containsSequence("interval 2", "validated 3", "interval 4", "interval 6", "validated 6", "finished 6");
        assertThat(new ResultsCsv(run.resolve("results.csv"), 6).rows())
                .anySatisfy(row -> assertThat(row).containsKeys("step", "loss", "class", "mask", "dice", "resident_mb"))
                .anySatisfy(row -> assertThat(row).containsKeys("step", "ap", "ap50"));
        try (Mask2Former model =
                Mask2Former.load(run.resolve("weights/best.safetensors").toString())) {
            assertThat(model.labels().list()).extracting(l -> l.name()).containsExactly("car", "person");
            assertThat(model.predict(Image.read(folder.resolve("images/0.png"))))
                    .isNotNull();
        }
    }

    @Test
    void aRunThatWasStoppedEndsAsOneThatWasNot() throws Exception {
        SmallRun small = new SmallRun(folder);
        small.run("unbroken");

        small.runFor(4, "broken");
        small.run("broken");

        assertThat(small.heard).contains("going on after step 4 of 6");
        assertSameState("unbroken", "broken");
        assertThat(steps("broken")).isEqualTo(steps("unbroken"));
    }

    @Test
    void aRunThatWasKilledLosesWhatCameAfterItsLastSnapshotAndEndsAsOneThatWasNot() throws Exception {
        SmallRun small = new SmallRun(folder);
        small.run("unbroken");
        small.runFor(2, "killed");
        Path state = folder.resolve("killed/state.safetensors");
        Path kept = folder.resolve("kept");
        Files.copy(state, kept);
        small.runFor(3, "killed"); // it is these steps whose results are lost
        Files.copy(kept, state, StandardCopyOption.REPLACE_EXISTING);

        small.run("killed");

        assertSameState("unbroken", "killed");
        assertThat(steps("killed")).isEqualTo(steps("unbroken"));
    }

    private void assertSameState(String expected, String actual) {
        try (Weights a = Safetensors.open(folder.resolve(expected).resolve("state.safetensors"));
                Weights b = Safetensors.open(folder.resolve(actual).resolve("state.safetensors"))) {
            assertThat(b.names()).isEqualTo(a.names());
            for (String name : a.names()) {
                assertThat(b.tensor(name).toFloats())
                        .as(name)
                        .isEqualTo(a.tensor(name).toFloats());
            }
        }
    }

    private List<Double> steps(String name) {
        return new ResultsCsv(folder.resolve(name).resolve("results.csv"), 100)
                .rows().stream().map(row -> row.get("step")).toList();
    }

    @Test
    void aRunDoesNotGoOnUnderOtherSettings() {
        SmallRun small = new SmallRun(folder);
        small.runFor(1, "run");

        assertThatThrownBy(() -> small.run("run", "optimizer.learning_rate=5e-4", "batch=4"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("batch was 2 and is 4")
                .hasMessageContaining("optimizer.learning_rate was 0.001 and is 5.0E-4")
                .hasMessageContaining("begin a new run");
    }

    @Test
    void whatDoesNotTouchWhatIsLearnedMayChange() {
        SmallRun small = new SmallRun(folder);
        small.runFor(1, "run");

        assertThat(small.run("run", "intervals.log=1", "workers=2").step()).isEqualTo(6);
    }

    @Test
    void stepsThatAreNotANumberChangeNothingAndEndTheRunIfThereAreTooMany() {
        SmallRun small = new SmallRun(folder);
        Path start = withNotANumber(small);

        assertThatThrownBy(() -> small.run("bad", "model=null", "start=" + start, "stop_after_not_finite=3"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("3 steps in a row")
                .hasMessageContaining("learning_rate");
        assertThat(small.heard)
                .filteredOn(line -> line.contains("was left out"))
                .hasSize(3)
                .allSatisfy(
                        line -> assertThat(line).contains("loss_mask is NaN").containsPattern("pictures \\d"));
    }

    /** A model with one weight that is not a number. */
    private Path withNotANumber(SmallRun small) {
        small.runFor(1, "good");
        Path weights = folder.resolve("good/weights/last.safetensors");
        Map<String, HostTensor> changed = new LinkedHashMap<>();
        try (Weights all = Safetensors.open(weights)) {
            for (String name : all.names()) {
                float[] values = all.tensor(name).toFloats();
                if (name.endsWith("mask_projection.bias")) {
                    values[0] = Float.NaN;
                }
                changed.put(name, HostTensor.of(values, all.shape(name)));
            }
        }
        Safetensors.write(weights, changed);
        return weights;
    }

    @Test
    void aModelForOtherClassesGetsANewClassHeadAndKeepsTheRest() {
        SmallRun small = new SmallRun(folder.resolve("a"));
        small.runFor(1, "run");
        Path weights = small.folder.resolve("run/weights/last.safetensors");

        StartingPoint start = StartingPoint.of(
                small.config("model=null", "start=" + weights), List.of("tree", "bus", "dog"), Path::of);

        assertThat(start.config().numClasses()).isEqualTo(3);
        assertThat(start.weights().shape("class_predictor.weight")).containsExactly(4, 32);
        assertThat(start.said()).anyMatch(line -> line.contains("class head is drawn anew"));
        String kept = "model.transformer_module.queries_features.weight";
        try (Weights before = Safetensors.open(weights)) {
            assertThat(start.weights().tensor(kept).toFloats())
                    .isEqualTo(before.tensor(kept).toFloats());
        }
    }

    @Test
    void aModelThatIsLoadedAgainSaysWhatItSaidInTraining() {
        SmallRun small = new SmallRun(folder);
        small.runFor(
                3,
                "run",
                "model=null",
                "start=" + Fixtures.path("tiny-swin"),
                "optimizer.moving_average=0",
                "parts.val=none");
        float[] values = new float[3 * 64 * 96];
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-2, 2);
        }

        float[] classes;
        float[] masks;
        Mask2FormerNetwork network = new Mask2FormerNetwork(ConfigJson.read(folder.resolve("run/weights/config.json")));
        try (Weights state = Safetensors.open(folder.resolve("run/state.safetensors"));
                TrainableWeights weights = new TrainableWeights(network.parameters(), trained(state));
                PointerScope scope = new PointerScope();
                AutogradOps ops = new AutogradOps(weights, AutogradOptions.DEFAULT)) {
            TransformerDecoder.Output<Tensor> last = network.forward(ops, ops.pixels(values, 1, 64, 96));
            classes = Tensors.toFloats(last.classLogits());
            masks = Tensors.toFloats(last.maskLogits());
        }

        PixelValues pixels = new PixelValues(values, 64, 96, List.of(new Geometry(64, 96, 64, 96, 64, 96)));
        try (Mask2Former model =
                Mask2Former.load(folder.resolve("run/weights/last.safetensors").toString())) {
            Prediction said = model.predict(pixels).get(0);
            assertThat(said.classLogits()).containsExactly(classes, within(1e-4f));
            assertThat(said.maskLogits()).containsExactly(masks, within(1e-4f));
        }
    }

    /** The weights that a run stands at. */
    private static Weights trained(Weights state) {
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        state.names().stream()
                .filter(name -> name.startsWith("weight."))
                .forEach(name -> weights.put(name.substring("weight.".length()), state.tensor(name)));
        return Weights.of("the run's state", weights);
    }

    @Test
    void itLearns() {
        SmallRun small = new SmallRun(folder);

        small.run("run", "steps=60", "augmentation.jitter=[1, 1]", "augmentation.color=none", "intervals.validate=60");

        List<Map<String, Double>> rows = new ResultsCsv(folder.resolve("run/results.csv"), 60).rows();
        assertThat(rows.stream()
                        .filter(r -> r.get("step") == 58)
                        .findFirst()
                        .orElseThrow()
                        .get("loss"))
                .isLessThan(0.6 * rows.get(0).get("loss"));
    }

    @Test
    void runsLeaveNothingBehindInNativeMemory() {
        SmallRun small = new SmallRun(folder);
        small.runFor(1, "a", "parts.val=none");
        long before = Pointer.totalCount();

        for (int i = 0; i < 3; i++) {
            small.runFor(2, "b" + i, "parts.val=none");
        }

        assertThat(Pointer.totalCount() - before).as("native objects").isLessThan(20);
    }
}
