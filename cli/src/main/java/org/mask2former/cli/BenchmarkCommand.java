package org.mask2former.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.mask2former.LoadOptions;
import org.mask2former.Mask2Former;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.image.Geometry;
import org.mask2former.image.PixelValues;
import org.mask2former.image.TestSize;
import org.mask2former.model.Effort;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.ModelCost;
import org.mask2former.model.Precision;
import org.mask2former.torch.AutogradOptions;
import org.mask2former.torch.Torch;
import org.mask2former.train.StepBenchmark;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mask2former benchmark}. */
@Command(
        name = "benchmark",
        description = {
            "Time the forward pass, or with --train a training step, and hold it against what the machine could reach.",
            "Options that take a list run every combination; --plot then draws time against pixels."
        })
final class BenchmarkCommand extends TerminalCommand {
    @Mixin
    private ModelOption model;

    @Option(
            names = "--size",
            split = ",",
            paramLabel = "WxH",
            defaultValue = "512x512",
            order = 2,
            converter = SizeOptions.SizeConverter.class,
            description = "Input sizes, exactly so wide and so high (default: ${DEFAULT-VALUE}).")
    private List<TestSize> sizes = List.of();

    @Option(
            names = "--batch",
            split = ",",
            paramLabel = "N",
            defaultValue = "1",
            order = 3,
            description = "Pictures in one pass (default: ${DEFAULT-VALUE}).")
    private List<Integer> batches = List.of();

    @Option(
            names = "--precision",
            split = ",",
            paramLabel = "P",
            defaultValue = "fp32",
            order = 4,
            description = "fp32, bf16, fp16, auto, or int8 for a quantised model (default: ${DEFAULT-VALUE}).")
    private List<Precision> precisions = List.of();

    @Option(
            names = "--threads",
            split = ",",
            paramLabel = "N",
            defaultValue = "0",
            order = 5,
            description = "Threads of a pass; 0 for as many as there are processors (default: ${DEFAULT-VALUE}).")
    private List<Integer> threads = List.of();

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            order = 5,
            description = "Where the network runs: cpu, cuda, or cuda:N (default: ${DEFAULT-VALUE}).")
    private String device;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "10",
            order = 6,
            description = "Timed passes of each combination (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "3",
            order = 7,
            description = "Passes before them that do not count (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--train",
            order = 8,
            description = "Time whole training steps, forward to optimiser, with ten segments a picture.")
    private boolean train;

    @Option(
            names = "--checkpointing",
            order = 9,
            description = "With --train, compute layers anew in the backward pass: less memory, more time.")
    private boolean checkpointing;

    @Option(names = "--profile", order = 10, description = "Also print the time by part and operation.")
    private boolean profile;

    @Option(names = "--plot", paramLabel = "FILE", order = 11, description = "Draw time against pixels into a PNG.")
    private Path plot;

    @Option(names = "--json", order = 12, description = "Print JSON: one object, or an array for a sweep.")
    private boolean json;

    @Mixin
    private EffortOptions effort;

    BenchmarkCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws IOException {
        if (runs < 1 || warmUp < 0 || batches.stream().anyMatch(b -> b < 1)) {
            throw usage("--runs and --batch must be 1 or more, and --warm-up 0 or more");
        }
        if (train && profile) {
            throw usage("--profile takes a forward pass to pieces; leave out --train");
        }
        if (checkpointing && !train) {
            throw usage("--checkpointing is of training steps; add --train");
        }
        if (train && !effort.effort().equals(Effort.FULL)) {
            throw usage("training runs all layers and queries; leave out --decoder-layers and --queries, or --train");
        }
        if (train && precisions.stream().anyMatch(p -> p == Precision.INT8 || p == Precision.FP16)) {
            throw usage("training computes in fp32 or bf16; leave out --train to time int8 or fp16");
        }
        List<BenchmarkRun> results = new ArrayList<>();
        for (Precision precision : precisions) {
            for (int t : threads) {
                if (train) {
                    measureTraining(precision, t, results);
                } else {
                    measure(precision, t, results);
                }
            }
        }
        if (json) {
            printJson(results);
        }
        if (plot != null) {
            BenchmarkPlot.write(plot, model.name(), results);
        }
        return ExitCode.OK;
    }

    private void measure(Precision precision, int threadCount, List<BenchmarkRun> results) {
        EngineOptions engine = EngineOptions.DEFAULT
                .withDevice(device)
                .withThreads(threadCount)
                .withPrecision(precision)
                .withEffort(effort.effort());
        LoadOptions options = LoadOptions.defaults().withHub(hubSettings()).withEngine(engine);
        try (Mask2Former opened = model.load(terminal, options)) {
            double peak = opened.peakFlops();
            for (TestSize size : sizes) {
                TestSize.Exact exact = exact(size);
                for (int batch : batches) {
                    PixelValues pixels = noise(batch, exact.height(), exact.width());
                    double[] seconds = time(() -> opened.forwardSeconds(pixels));
                    ModelCost cost = ModelCost.of(opened.config(), exact.height(), exact.width(), engine.effort());
                    double flop = (double) cost.flops() * batch;
                    add(run(opened.engine(), precision, threadCount, exact, batch, seconds, flop, peak), results);
                    if (profile) {
                        (json ? terminal.err() : terminal.out()).print(ProfileTable.of(opened.profile(pixels)));
                    }
                }
            }
        }
    }

    private void measureTraining(Precision precision, int threadCount, List<BenchmarkRun> results) {
        AutogradOptions options =
                AutogradOptions.DEFAULT.withPrecision(precision).withCheckpointing(checkpointing);
        try (ModelFiles files = model.open(terminal, hubSettings())) {
            for (TestSize size : sizes) {
                TestSize.Exact exact = exact(size);
                for (int batch : batches) {
                    try (StepBenchmark steps = new StepBenchmark(
                            files.config(),
                            files.weights(),
                            batch,
                            exact.height(),
                            exact.width(),
                            EngineOptions.DEFAULT.withDevice(device).withThreads(threadCount),
                            options)) {
                        double peak = steps.peakFlops();
                        double[] seconds = time(() -> {
                            long start = System.nanoTime();
                            steps.step();
                            return (System.nanoTime() - start) / 1e9;
                        });
                        String engine = "libtorch " + Torch.version() + " on " + device + ", training step";
                        add(run(engine, precision, threadCount, exact, batch, seconds, steps.flops(), peak), results);
                    }
                }
            }
        }
    }

    private TestSize.Exact exact(TestSize size) {
        if (size instanceof TestSize.Exact exact) {
            return exact;
        }
        throw usage("--size must be WIDTHxHEIGHT, exactly so wide and so high, but is " + size);
    }

    private BenchmarkRun run(
            String engine,
            Precision precision,
            int threadCount,
            TestSize.Exact size,
            int batch,
            double[] seconds,
            double flop,
            double peak) {
        return new BenchmarkRun(
                model.name(),
                engine,
                precision,
                threadCount == 0 ? Runtime.getRuntime().availableProcessors() : threadCount,
                size.height(),
                size.width(),
                batch,
                seconds,
                flop,
                peak,
                BenchmarkRun.peakRssBytes());
    }

    private void add(BenchmarkRun run, List<BenchmarkRun> results) {
        results.add(run);
        if (!json) {
            terminal.out().println(run.line());
        }
    }

    /** @param pass gives the seconds that it took */
    private double[] time(DoubleSupplier pass) {
        double[] seconds = new double[runs];
        for (int i = -warmUp; i < runs; i++) {
            double took = pass.getAsDouble();
            if (i >= 0) {
                seconds[i] = took;
            }
        }
        Arrays.sort(seconds);
        return seconds;
    }

    /** Normalised pixels of no picture: the time of a pass does not depend on what it sees. */
    private static PixelValues noise(int batch, int height, int width) {
        Random random = new Random(1);
        float[] values = new float[Math.multiplyExact(3 * batch, Math.multiplyExact(height, width))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Geometry whole = new Geometry(height, width, height, width, height, width);
        return new PixelValues(values, height, width, Collections.nCopies(batch, whole));
    }

    private void printJson(List<BenchmarkRun> results) throws JsonProcessingException {
        List<Map<String, Object>> objects =
                results.stream().map(BenchmarkRun::fields).toList();
        Object value = objects.size() == 1 ? objects.get(0) : objects;
        terminal.out()
                .println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(value));
    }
}
