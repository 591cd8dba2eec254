package org.mask2former.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.result.PostProcessOptions;
import org.mask2former.result.ResultWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mask2former predict}. */
@Command(
        name = "predict",
        description = "Segment pictures.",
        footer = {
            "",
            "For a picture street.jpg the output folder gets street.json and street.png, the overlay.",
            "A picture that cannot be read does not stop the rest; the exit code is then 3.",
            "",
            "  mask2former predict --model facebook/mask2former-swin-tiny-coco-panoptic street.jpg"
        })
final class PredictCommand extends TerminalCommand {
    @Parameters(
            arity = "0..*",
            paramLabel = "SOURCE",
            description = "Pictures: files, folders, globs, URLs, or - for standard input.")
    private List<String> positional = new ArrayList<>();

    @Option(
            names = {"-s", "--source"},
            arity = "1..*",
            paramLabel = "SOURCE",
            order = 2,
            description = "The same as SOURCE.")
    private List<String> named = new ArrayList<>();

    @Option(
            names = {"-r", "--recursive"},
            order = 4,
            description = "Look into the folders below a folder as well.")
    private boolean recursive;

    @Mixin
    private ModelOption model;

    @Mixin
    private TaskOptions task;

    @Mixin
    private OutputOptions output;

    @Mixin
    private SizeOptions size;

    @Mixin
    private EngineOption engine;

    @Mixin
    private EffortOptions effort;

    PredictCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        List<String> sources =
                Stream.concat(named.stream(), positional.stream()).toList();
        if (sources.isEmpty()) {
            throw usage("a picture is missing: name files, folders, globs or URLs, or - for standard input");
        }
        if (sources.stream().filter("-"::equals).count() > 1) {
            throw usage("standard input (-) can be named once only");
        }
        Task chosen = task.task(model.task());
        List<Source> pictures = Sources.find(sources, recursive, terminal.in(), new UrlPictures(this::hubSettings));
        output.check(chosen);
        try (OutputFolder folder = OutputFolder.make(output.folder());
                Results results = results(folder.path(), chosen, pictures);
                Mask2Former loaded = model.load(
                        terminal, hubSettings(), size, engine.options().withEffort(effort.effort()))) {
            PostProcessOptions options = task.postProcessing(loaded.defaults(chosen), loaded.labels());
            Set<Integer> kept = task.kept(loaded.labels());
            Pipeline pipeline = new Pipeline(
                    terminal,
                    loaded::predict,
                    (image, prediction) -> {
                        var result = loaded.segment(chosen, image, prediction, options);
                        return kept.isEmpty() ? result : ClassFilter.keep(result, kept);
                    },
                    results);
            return pipeline.run(pictures);
        }
    }

    private Results results(Optional<Path> folder, Task chosen, List<Source> pictures) {
        Optional<ResultWriter> writer = folder.map(f -> output.writer(f, chosen, model.name(), pictures));
        return new Results(writer, output, model.name());
    }
}
