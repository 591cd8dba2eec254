package org.mask2former.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mask2former.AtomicFile;
import org.mask2former.LoadOptions;
import org.mask2former.Mask2Former;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.checkpoint.InputRange;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.checkpoint.Quantizer;
import org.mask2former.data.Dataset;
import org.mask2former.data.Evaluation;
import org.mask2former.data.EvaluationOptions;
import org.mask2former.data.EvaluationReport;
import org.mask2former.image.Preprocessor;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.Precision;
import org.mask2former.torch.Calibration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mask2former quantize}. */
@Command(
        name = "quantize",
        description = "Make a model of 8-bit integers: a quarter of the size, and faster where the processor can.",
        footer = {
            "",
            "The model runs over some pictures of the kind it is for, to see what numbers its layers get; no annotation is"
                    + " needed. With --data both models are measured, and the model card says what was lost.",
            "",
            "  mask2former quantize --model M --calibration photos/ --output M-int8",
            "  mask2former predict --model M-int8 --precision int8 street.jpg"
        })
final class QuantizeCommand extends TerminalCommand {
    private static final String CARD = "README.md";

    @Mixin
    private ModelOption model;

    @Option(
            names = "--calibration",
            required = true,
            paramLabel = "DIR",
            order = 2,
            description = "A folder of pictures, or one of folders of them.")
    private Path calibration;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            order = 3,
            description = "The folder to write (default: the model's name with -int8, here).")
    private Optional<Path> output = Optional.empty();

    @Option(names = "--overwrite", order = 4, description = "Replace files of a model in it.")
    private boolean overwrite;

    @Option(
            names = "--pictures",
            paramLabel = "N",
            defaultValue = "64",
            order = 5,
            description = "Look at no more than N pictures, evenly picked from the folder (default: ${DEFAULT-VALUE}).")
    private int most;

    @Option(
            names = {"-d", "--data"},
            paramLabel = "YAML",
            order = 6,
            description = "Measure before and after on this data set; docs/data.md describes the file.")
    private Optional<Path> data = Optional.empty();

    @Option(names = "--data-root", paramLabel = "DIR", order = 7, description = "Where the data set's files are.")
    private Optional<Path> root = Optional.empty();

    @Option(
            names = "--part",
            paramLabel = "PART",
            defaultValue = "val",
            order = 8,
            description = "The part to measure on (default: ${DEFAULT-VALUE}).")
    private String part;

    @Option(names = "--limit", paramLabel = "N", order = 9, description = "Measure on the first N pictures only.")
    private @Nullable Integer limit;

    @Mixin
    private SizeOptions size;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            order = 21,
            description = "Threads of one forward pass; 0 for as many as there are cores (default: ${DEFAULT-VALUE}).")
    private int threads;

    QuantizeCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        if (most < 1 || threads < 0 || (limit != null && limit < 1)) {
            throw usage("--pictures and --limit must be 1 or more, and --threads 0 or more");
        }
        List<Source> pictures = calibrationPictures();
        Path folder = output.orElseGet(() -> Path.of(Path.of(model.name()).getFileName() + "-int8"));
        Optional<Measurement> measurement = data.map(this::measurement);

        Path source = model.find(terminal, hubSettings());
        Map<String, List<InputRange>> ranges = observe(source, folder, pictures);
        QuantizedCard card = new QuantizedCard(
                model.name(), calibration.toString(), pictures.size(), ranges.size(), card(source), Optional.empty());
        Quantizer.quantize(source, folder, ranges, card.toMarkdown(), overwrite);
        measurement.ifPresent(m -> measure(m, card, folder));
        terminal.out().println(folder);
        return ExitCode.OK;
    }

    private List<Source> calibrationPictures() {
        if (!Files.isDirectory(calibration)) {
            throw new Mask2FormerException(calibration + ": is no folder; --calibration names a folder of pictures");
        }
        List<Source> all = Sources.find(
                        List.of(calibration.toString()),
                        true,
                        OptionalDouble.empty(),
                        terminal.in(),
                        new UrlPictures(this::hubSettings))
                .pictures()
                .stream()
                .filter(s -> s.file().isPresent())
                .toList();
        if (all.isEmpty()) {
            throw new Mask2FormerException(
                    calibration + ": has no pictures (JPEG, PNG, WebP, TIFF, BMP, GIF) to calibrate on;"
                            + " some dozens of the kind the model is for do");
        }
        int count = Math.min(most, all.size());
        return IntStream.range(0, count)
                .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
                .toList();
    }

    private Measurement measurement(Path yaml) {
        Dataset opened = Dataset.open(yaml, part, root);
        Dataset pictures = limit == null ? opened : opened.first(limit);
        Set<Task> tasks = model.tasks(pictures);
        Evaluation.requireAnnotated(pictures, tasks);
        return new Measurement(
                pictures, tasks, EvaluationOptions.DEFAULT, OptionalDouble.empty(), OptionalDouble.empty());
    }

    private Map<String, List<InputRange>> observe(Path source, Path folder, List<Source> pictures) {
        try (ModelFiles files = ModelFiles.open(source)) {
            Quantizer.check(files, folder, overwrite);
            Preprocessor preprocessor = size.preprocessor(files);
            int cores = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
            try (Calibration observer = new Calibration(files.config(), files.weights(), cores);
                    Progress progress = Progress.start(terminal, "calibrating", pictures.size(), "", 1)) {
                for (Source picture : pictures) {
                    observer.observe(preprocessor.prepare(picture.read()));
                    progress.advance();
                }
                return observer.ranges();
            }
        }
    }

    private static Optional<String> card(Path source) {
        Path file = (Files.isDirectory(source) ? source : source.resolveSibling("")).resolve(CARD);
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
        } catch (IOException e) {
            throw new Mask2FormerException(file + ": cannot be read: " + AtomicFile.reason(e), e);
        }
    }

    private void measure(Measurement measurement, QuantizedCard card, Path folder) {
        QuantizedCard.Loss loss = new QuantizedCard.Loss(
                measurement.pictures().name(),
                measure(measurement, model, Precision.FP32),
                measure(measurement, ModelOption.named(folder.toString()), Precision.INT8));
        terminal.out().print(QuantizedCard.text(loss));
        Path file = folder.resolve(CARD);
        try {
            byte[] text = card.withLoss(loss).toMarkdown().getBytes(StandardCharsets.UTF_8);
            AtomicFile.write(file, out -> out.write(text));
        } catch (IOException e) {
            throw new Mask2FormerException(file + ": cannot be written: " + AtomicFile.reason(e), e);
        }
    }

    private EvaluationReport measure(Measurement measurement, ModelOption measured, Precision precision) {
        EngineOptions engine = EngineOptions.DEFAULT.withThreads(threads).withPrecision(precision);
        LoadOptions options = LoadOptions.defaults()
                .withHub(hubSettings())
                .withEngine(engine)
                .withCompat(size.compat())
                .withSize(size.size());
        try (Mask2Former loaded = measured.load(terminal, options)) {
            return measurement.of(loaded, terminal);
        }
    }
}
