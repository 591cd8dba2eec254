package org.mask2former.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mask2former.LoadOptions;
import org.mask2former.Mask2Former;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.image.Image;
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
            "Time the forward pass, or with --train a training step, and hold it against what the machine could reach;",
            "with --source time each stage of a picture's way.",
            "Options that take a list run every combination; --plot then draws time against pixels."
        })
final class BenchmarkCommand extends TerminalCommand {
    @Mixin
    private ModelOption model;

    @Option(
            names = "--size",
            split = ",",
            paramLabel = "WxH",
            order = 2,
            converter = SizeOptions.SizeConverter.class,
            description = "Input sizes, exactly so wide and so high (default: 512x512; with --source the model's own,"
                    + " or one in any form that predict takes).")
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

    @Option(
            names = {"-s", "--source"},
            paramLabel = "PICTURE",
            order = 10,
            description = "Time reading this picture, preparing it, the network, and each task's post-processing.")
    private Optional<Path> picture = Optional.empty();

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
        if (picture.isPresent()
                && (train || profile || plot != null || sizes.size() > 1 || !batches.equals(List.of(1)))) {
            throw usage(
                    "--source times one picture by stages; leave out --train, --profile, --plot and --batch, and give"
                            + " one --size at most");
        }
        Optional<Image> image = picture.map(Image::read);
        List<BenchmarkRun> results = new ArrayList<>();
        List<Map<String, Object>> objects = new ArrayList<>();
        for (Precision precision : precisions) {
            for (int t : threads) {
                if (image.isPresent()) {
                    objects.add(measureStages(precision, t, picture.get(), image.get()));
                } else if (train) {
                    measureTraining(precision, t, results);
                } else {
                    measure(precision, t, results);
                }
            }
        }
        results.forEach(run -> objects.add(run.fields()));
        if (json) {
            printJson(objects);
        }
        if (plot != null) {
            BenchmarkPlot.write(plot, model.name(), results);
        }
        return ExitCode.OK;
    }

    private Map<String, Object> measureStages(Precision precision, int threadCount, Path file, Image image) {
        LoadOptions options =
                options(precision, threadCount).withSize(sizes.stream().findFirst());
        try (Mask2Former opened = model.load(terminal, options)) {
            PictureBenchmark result = PictureBenchmark.of(opened, file, image, repetition());
            if (!json) {
                terminal.out().print(result.table());
            }
            return result.fields();
        }
    }

    private LoadOptions options(Precision precision, int threadCount) {
        EngineOptions engine = EngineOptions.DEFAULT
                .withDevice(device)
                .withThreads(threadCount)
                .withPrecision(precision)
                .withEffort(effort.effort());
        return LoadOptions.defaults().withHub(hubSettings()).withEngine(engine);
    }

    /** Of the network's input, where no picture says it. */
    private List<TestSize.Exact> exactSizes() {
        return sizes.isEmpty()
                ? List.of(new TestSize.Exact(512, 512))
                : sizes.stream().map(this::exact).toList();
    }

    private void measure(Precision precision, int threadCount, List<BenchmarkRun> results) {
        LoadOptions options = options(precision, threadCount);
        try (Mask2Former opened = model.load(terminal, options)) {
            double peak = opened.peakFlops();
            for (TestSize.Exact exact : exactSizes()) {
                for (int batch : batches) {
                    PixelValues pixels = Noise.pixels(batch, exact.height(), exact.width());
                    double[] seconds = repetition().time(() -> opened.forwardSeconds(pixels));
                    ModelCost cost = ModelCost.of(opened.config(), exact.height(), exact.width(), effort.effort());
                    double flop = (double) cost.flops() * batch;
                    add(run(opened.engine(), precision, threadCount, exact, batch, seconds, flop, peak), results);
                    if (profile) {
                        (json ? terminal.err() : terminal.out()).print(ProfileTable.quickest(opened, pixels));
                    }
                }
            }
        }
    }

    private void measureTraining(Precision precision, int threadCount, List<BenchmarkRun> results) {
        AutogradOptions options =
                AutogradOptions.DEFAULT.withPrecision(precision).withCheckpointing(checkpointing);
        try (ModelFiles files = model.open(terminal, hubSettings())) {
            for (TestSize.Exact exact : exactSizes()) {
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
                        double[] seconds = repetition().timeOf(steps::step);
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

    private Repetition repetition() {
        return new Repetition(warmUp, runs);
    }

    private void printJson(List<Map<String, Object>> objects) throws JsonProcessingException {
        Object value = objects.size() == 1 ? objects.get(0) : objects;
        terminal.out()
                .println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(value));
    }
}
