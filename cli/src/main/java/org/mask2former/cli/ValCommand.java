package org.mask2former.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2Former;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.data.Dataset;
import org.mask2former.data.Evaluation;
import org.mask2former.data.EvaluationOptions;
import org.mask2former.data.EvaluationOptions.OnBadSample;
import org.mask2former.data.EvaluationPage;
import org.mask2former.data.EvaluationReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mask2former val}. */
@Command(
        name = "val",
        description = "Measure a model on a data set: PQ, AP, mIoU.",
        footer = {
            "",
            "The output folder gets report.json, plots, the worst pictures beside the truth, and index.html with all of it.",
            "Left-out pictures make the exit code 3.",
            "",
            "  mask2former val --model M --data recipes/data/facade.yaml --data-root /data"
        })
final class ValCommand extends TerminalCommand {
    @Mixin
    private ModelOption model;

    @Option(
            names = {"-d", "--data"},
            required = true,
            paramLabel = "YAML",
            order = 2,
            description = "The data set; docs/data.md describes the file.")
    private Path data;

    @Option(
            names = "--data-root",
            paramLabel = "DIR",
            order = 3,
            description = "Where the data set's files are (default: where the YAML says, else beside it).")
    private Optional<Path> root = Optional.empty();

    @Option(
            names = "--part",
            paramLabel = "PART",
            defaultValue = "val",
            order = 4,
            description = "The part to measure on (default: ${DEFAULT-VALUE}).")
    private String part;

    @Option(
            names = "--task",
            completionCandidates = LowerCase.Tasks.class,
            paramLabel = "TASK",
            split = ",",
            order = 5,
            description = "What to measure, of ${COMPLETION-CANDIDATES} (default: the one the model's name ends in if"
                    + " that is semantic or instance, else all that the data set is annotated for).")
    private List<Task> tasks = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            order = 6,
            description = "Folder of the report (default: runs/val/NAME, the data set's, or if that is there"
                    + " runs/val/NAME-2 and so on).")
    private Optional<Path> output = Optional.empty();

    @Option(names = "--limit", paramLabel = "N", order = 7, description = "Measure on the first N pictures only.")
    private @Nullable Integer limit;

    @Option(
            names = "--on-bad-sample",
            completionCandidates = LowerCase.BadSamples.class,
            paramLabel = "DO",
            defaultValue = "fail",
            order = 8,
            description = "What to do about a picture or annotation that cannot be used, ${COMPLETION-CANDIDATES}"
                    + " (default: ${DEFAULT-VALUE}).")
    private OnBadSample onBadSample;

    @Option(
            names = "--threshold",
            paramLabel = "SCORE",
            order = 9,
            description =
                    "Least score of a segment in panoptic results, 0 to 1 (default: the model's own, else the rule book's; see docs/compat.md).")
    private @Nullable Double threshold;

    @Option(
            names = "--nms",
            paramLabel = "SHARE",
            order = 10,
            description =
                    "Segments that share more than this with a better one of their class, intersection over union, are"
                            + " dropped; instance and panoptic (default: the model's own, else 1, for none).")
    private @Nullable Double nms;

    @Option(
            names = "--json",
            order = 11,
            description = "Print JSON on standard output; files are then written only if --output is given.")
    private boolean json;

    @Mixin
    private SizeOptions size;

    @Mixin
    private EngineOption engine;

    @Mixin
    private EffortOptions effort;

    ValCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        if (threshold != null && !(threshold >= 0 && threshold <= 1)) {
            throw usage("--threshold must be from 0 to 1, but is " + threshold);
        }
        if (nms != null && !(nms > 0 && nms <= 1)) {
            throw usage("--nms must be more than 0 and at most 1, but is " + nms);
        }
        if (limit != null && limit < 1) {
            throw usage("--limit must be 1 or more, but is " + limit);
        }
        Dataset opened = Dataset.open(data, part, root);
        Dataset pictures = limit == null ? opened : opened.first(limit);
        Set<Task> measured = measured(pictures);
        Evaluation.requireAnnotated(pictures, measured);
        Optional<Path> wanted = json ? output : output.or(() -> Optional.of(OutputFolder.free("val", pictures.name())));
        try (OutputFolder folder = OutputFolder.make(wanted)) {
            EvaluationReport report = measure(pictures, measured, folder);
            report.skipped().forEach(reason -> Cli.error(terminal, reason));
            if (report.pictures() == 0) {
                throw new Mask2FormerException("no picture of " + data + ", part " + part + ", can be used");
            }
            terminal.out().print(json ? report.toJson().toPrettyString() + "\n" : report.toText());
            folder.path().map(f -> EvaluationPage.write(report, f)).ifPresent(this::tellPage);
            return report.skipped().isEmpty() ? ExitCode.OK : ExitCode.SOME_INPUTS_FAILED;
        }
    }

    private Set<Task> measured(Dataset pictures) {
        return tasks.isEmpty() ? model.tasks(pictures) : EnumSet.copyOf(tasks);
    }

    private EvaluationReport measure(Dataset pictures, Set<Task> measured, OutputFolder folder) {
        EvaluationOptions options = new EvaluationOptions(onBadSample, EvaluationOptions.DEFAULT.worst());
        try (Mask2Former loaded = model.load(
                        terminal, hubSettings(), size, engine.options().withEffort(effort.effort()));
                Interruption interruption = Interruption.of(folder::close)) {
            return new Measurement(pictures, measured, options, given(threshold), given(nms)).of(loaded, terminal);
        }
    }

    private static OptionalDouble given(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    private void tellPage(Path page) {
        (json ? terminal.err() : terminal.out()).println((json ? "" : "\n") + "report: " + page);
    }
}
