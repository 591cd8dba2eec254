package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.data.Dataset;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.ops.HostTensor;
import org.mask2former.torch.TrainableWeights;

/** Processes that share out a batch do what one does that has it all. They are threads here, joined as processes are. */
class DataParallelTests {
    @TempDir
    private Path folder;

    /** What a step left behind. */
    private record After(
            TrainingStep.Outcome outcome, Map<String, HostTensor> gradients, Map<String, HostTensor> weights) {}

    private static After step(SmallRun small, Processes processes, String... changes) {
        return step(small, processes, DataParallelTests::grainy, changes);
    }

    /** The first step of a run, of two batches. */
    private static After step(
            SmallRun small, Processes processes, UnaryOperator<TrainingSample> change, String... changes) {
        TrainingConfig config = small.config(changes);
        Dataset data = config.open("train");
        StartingPoint start = StartingPoint.of(config, List.of("car", "person"), Path::of);
        Mask2FormerNetwork network = new Mask2FormerNetwork(start.config());
        try (TrainableWeights weights = new TrainableWeights(network.parameters(), start.weights());
                SampleLoader loader = new SampleLoader(
                        data,
                        config.task(),
                        config.augmentation(),
                        start.preprocessing(),
                        SampleLoader.Settings.of(config.batch(), config.seed(), 0)
                                .withShard(processes.shard()))) {
            Set<String> learned = new LinkedHashSet<>(weights.names());
            learned.removeIf(name -> !weights.tensor(name).requires_grad());
            ParameterGroups groups = ParameterGroups.of(learned, config.optimizer(), List.of());
            Optional<Teacher> teacher = config.teacher()
                    .map(t -> new Teacher(
                            t,
                            Path.of(t.model()),
                            start.config().labels(),
                            start.preprocessing(),
                            EngineOptions.DEFAULT.withThreads(1)));
            try (AdamW optimizer = new AdamW(weights, groups)) {
                TrainingStep step = new TrainingStep(config, network, weights, groups, optimizer, teacher, processes);
                TrainingStep.Outcome outcome = step.take(
                        0,
                        List.of(
                                loader.batch(0).stream().map(change).toList(),
                                loader.batch(1).stream().map(change).toList()));
                Map<String, HostTensor> gradients = new LinkedHashMap<>();
                learned.forEach(name -> weights.gradient(name).ifPresent(g -> gradients.put(name, g)));
                return new After(outcome, gradients, weights.export());
            } finally {
                teacher.ifPresent(Teacher::close);
            }
        }
    }

    /** Noise, the same for the same picture: on even areas many values may lie on one side of a kink or on the other at once. */
    private static TrainingSample grainy(TrainingSample sample) {
        float[] pixels = sample.pixels().clone();
        SplittableRandom random = new SplittableRandom(Arrays.hashCode(pixels));
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] += (float) random.nextDouble(-1, 1);
        }
        return new TrainingSample(sample.id(), pixels, sample.target());
    }

    /** The pictures of the second process are no numbers. */
    private static UnaryOperator<TrainingSample> bad(Processes processes) {
        if (processes.isFirst()) {
            return sample -> sample;
        }
        return sample -> {
            float[] pixels = new float[sample.pixels().length];
            Arrays.fill(pixels, Float.NaN);
            return new TrainingSample("broken", pixels, sample.target());
        };
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** How far off they are: all as one vector, and the worst element of any, each by what it is compared with. */
    private record Difference(double whole, double worst) {
        static Difference of(Map<String, HostTensor> actual, Map<String, HostTensor> expected) {
            double all = expected.values().stream()
                    .mapToDouble(t -> largest(t.toFloats()))
                    .max()
                    .orElse(0);
            double squares = 0;
            double squaresOff = 0;
            double worst = 0;
            for (String name : expected.keySet()) {
                float[] want = expected.get(name).toFloats();
                float[] off = actual.get(name).toFloats();
                for (int i = 0; i < want.length; i++) {
                    off[i] -= want[i];
                    squares += (double) want[i] * want[i];
                    squaresOff += (double) off[i] * off[i];
                }
                // Where a softmax or a norm cancels a weight, all there is of its gradient is rounding.
                boolean zero = largest(want) < 1e-5 * all;
                worst = Math.max(worst, largest(off) / (zero ? all : largest(want)));
            }
            return new Difference(Math.sqrt(squaresOff / squares), worst);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "resnet, frozen, 1e-5",
        "resnet, train, 2e-4", // batch norms of 2 × 2 pixels round roughly
        "resnet, train checkpointing, 2e-4",
        "resnet, frozen taught, 1e-4",
        "tiny-swin, frozen, 1e-4" // with stochastic depth
    })
    void twoProcessesWithHalfTheBatchHaveTheGradientsOfOneWithTheWhole(String model, String norms, double ofAnElement)
            throws Exception {
        SmallRun small = new SmallRun(folder);
        Path start = Fixtures.path("tiny-swin");
        if (model.equals("resnet")) {
            small.runFor(4, "begun", "batch=4", "parts.val=none"); // to be off the kinks that a model begins on
            start = folder.resolve("begun/weights/last.safetensors");
        }
        String teacher = "null";
        if (norms.endsWith("taught")) {
            small.runFor(1, "teacher", "batch=4", "parts.val=none", "seed=2");
            teacher = "{model: %s, threshold: 0}".formatted(folder.resolve("teacher/weights/last.safetensors"));
        }
        String[] changes = {
            "model=null",
            "start=" + start,
            "batch_norm=" + norms.split(" ")[0],
            "checkpointing=" + norms.endsWith("checkpointing"),
            "teacher=" + teacher,
            "batch=4",
            "optimizer.accumulate=2",
            "optimizer.clip_norm=0.5"
        };

        After alone = step(small, Processes.ALONE, changes);
        List<After> together = Team.run(2, processes -> step(small, processes, changes));

        assertThat(alone.outcome.gradientNorm()).as("so that it is clipped").isGreaterThan(0.5);
        assertThat(alone.outcome.terms().containsKey("loss_teacher_mask")).isEqualTo(norms.endsWith("taught"));
        assertThat(together.get(0).gradients.keySet()).isEqualTo(alone.gradients.keySet());
        Difference difference = Difference.of(together.get(0).gradients, alone.gradients);
        System.out.printf("%s, batch norms %s: %s%n", model, norms, difference);
        assertThat(difference.whole).isLessThan(1e-5);
        assertThat(difference.worst).isLessThan(ofAnElement);
        for (After each : together) {
            assertThat(each.outcome.terms().keySet())
                    .isEqualTo(alone.outcome.terms().keySet());
            alone.outcome
                    .terms()
                    .forEach((name, value) -> assertThat(each.outcome.terms().get(name))
                            .as(name)
                            .isCloseTo(value, withinPercentage(1e-3)));
        }
        assertThat(together.get(1).weights)
                .allSatisfy((name, tensor) -> assertThat(tensor.toFloats())
                        .as(name)
                        .isEqualTo(together.get(0).weights.get(name).toFloats()));
    }

    @Test
    void aRunOnTwoProcessesWritesWhatOneWritesAndSaysItOnce() throws Exception {
        SmallRun small = new SmallRun(folder);

        TrainingProgress end = small.runTogether(2, "run");

        assertThat(end.step()).isEqualTo(6);
        assertThat(small.heard)
                .containsExactly(
                        "all weights are drawn at random",
                        "interval 2",
                        "validated 3",
                        "interval 4",
                        "interval 6",
                        "validated 6",
                        "finished 6");
        assertThat(List.of("config.yaml", "results.csv", "batch.png", "state.safetensors", "weights/best.safetensors"))
                .allSatisfy(
                        name -> assertThat(folder.resolve("run").resolve(name)).isNotEmptyFile());
    }

    @Test
    void aRunThatWasStoppedEndsAsOneThatWasNotAndAnyProcessMayBeTheOneThatIsTold() throws Exception {
        SmallRun small = new SmallRun(folder);
        small.runTogether(2, "unbroken", "parts.val=none");

        Team.run(2, processes -> {
            try (Trainer trainer = small.trainer(processes, "broken", "parts.val=none")) {
                return trainer.run(done -> processes.shard().rank() == 1 && done == 3);
            }
        });
        assertThat(small.heard).last().isEqualTo("finished 3");
        small.runTogether(2, "broken", "parts.val=none");

        assertThat(small.heard).contains("going on after step 3 of 6");
        assertSameState();
    }

    private void assertSameState() {
        try (Weights a = Safetensors.open(folder.resolve("unbroken/state.safetensors"));
                Weights b = Safetensors.open(folder.resolve("broken/state.safetensors"))) {
            assertThat(b.names()).isEqualTo(a.names());
            assertThat(a.names())
                    .allSatisfy(name -> assertThat(b.tensor(name).toFloats())
                            .as(name)
                            .isEqualTo(a.tensor(name).toFloats()));
        }
    }

    @Test
    void whenAProcessIsLostInAStepTheStepsBeforeItAreKept() throws Exception {
        SmallRun small = new SmallRun(folder);
        String[] changes = {"parts.val=none", "batch_norm=train"};
        small.runTogether(2, "unbroken", changes);

        assertThatThrownBy(() -> Team.run(2, processes -> {
                    AtomicLong done = new AtomicLong();
                    Processes seen = processes.isFirst() ? processes : failing(processes, () -> done.get() == 3);
                    try (Trainer trainer = small.trainer(seen, "broken", changes)) {
                        return trainer.run(steps -> {
                            done.set(steps);
                            return false;
                        });
                    }
                }))
                .isInstanceOf(LostProcessException.class)
                .hasMessageStartingWith("process 1 failed: java.lang.IllegalStateException: no more");
        small.runTogether(2, "broken", changes);

        assertThat(small.heard).contains("going on after step 3 of 6");
        assertSameState();
    }

    /** Fails in the middle of a forward pass, where others wait for statistics of its part of the batch. */
    private static Processes failing(Processes processes, BooleanSupplier when) {
        AtomicInteger sums = new AtomicInteger();
        return (Processes) Proxy.newProxyInstance(
                Processes.class.getClassLoader(), new Class<?>[] {Processes.class}, (proxy, method, arguments) -> {
                    boolean tensor = arguments != null && arguments[0] instanceof Tensor;
                    if (tensor && when.getAsBoolean() && sums.incrementAndGet() == 5) {
                        throw new IllegalStateException("no more");
                    }
                    return method.invoke(processes, arguments);
                });
    }

    @Test
    void aRunGoesOnOnAnotherNumberOfProcesses() throws Exception {
        SmallRun small = new SmallRun(folder);
        small.runFor(2, "run", "parts.val=none", "batch=6");
        small.runTogether(3, "run", "parts.val=none", "batch=6", "intervals.log=1");
        assertThat(small.heard)
                .containsSubsequence("going on after step 2 of 6", "interval 3", "interval 6", "finished 6");
    }

    @Test
    void stepsThatAreNotANumberInOneProcessAreLeftOutInAll() throws Exception {
        SmallRun small = new SmallRun(folder);
        List<After> after =
                Team.run(2, processes -> step(small, processes, bad(processes), "batch=4", "batch_norm=frozen"));
        for (After each : after) {
            assertThat(each.outcome.fault().orElseThrow())
                    .contains("loss_mask is NaN")
                    .endsWith("pictures broken, broken");
            assertThat(each.weights)
                    .allSatisfy((name, tensor) -> assertThat(tensor.toFloats())
                            .as(name)
                            .isEqualTo(after.get(0).weights.get(name).toFloats()));
        }
    }

    @Test
    void processesThatDoNotFitTogetherEndInOneLine() throws Exception {
        SmallRun small = new SmallRun(folder);
        assertThatThrownBy(() -> small.runTogether(2, "run", "batch=3"))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("a batch of 3 cannot be shared out evenly to 2 processes");
        assertThatThrownBy(() -> Team.run(2, processes -> {
                    String rate =
                            "optimizer.learning_rate=" + (1 + processes.shard().rank());
                    try (Trainer trainer = small.trainer(processes, "run", rate)) {
                        return trainer.run(done -> false);
                    }
                }))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("process 1 was started with other settings than process 0:"
                        + " optimizer.learning_rate was 1.0 and is 2.0");
        assertThat(folder.resolve("run")).doesNotExist();
    }
}
