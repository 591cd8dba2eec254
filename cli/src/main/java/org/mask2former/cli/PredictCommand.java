package org.mask2former.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.result.ResultWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mask2former predict}. */
@Command(
        name = "predict",
        description = "Segment pictures and films.",
        footer = {
            "",
            "For a picture street.jpg the output folder gets street.json and street.png, the overlay.",
            "For a film street.mp4 it gets street.mp4, the film with the overlay.",
            "What cannot be read does not stop the rest; the exit code is then 3.",
            "",
            "  mask2former predict --model facebook/mask2former-swin-tiny-coco-panoptic street.jpg"
        })
final class PredictCommand extends TerminalCommand {
    @Parameters(
            arity = "0..*",
            paramLabel = "SOURCE",
            description =
                    "Pictures and films: files, folders, globs, URLs, the number of a camera, or - for a picture from"
                            + " standard input.")
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

    @Mixin
    private FilmOptions film;

    PredictCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        List<String> sources =
                Stream.concat(named.stream(), positional.stream()).toList();
        if (sources.isEmpty()) {
            throw usage("a picture or film is missing: name files, folders, globs or URLs, or - for standard input");
        }
        if (sources.stream().filter("-"::equals).count() > 1) {
            throw usage("standard input (-) can be named once only");
        }
        Task chosen = task.task(model.task());
        Sources found = Sources.find(sources, recursive, film.fps(), terminal.in(), new UrlPictures(this::hubSettings));
        output.check(chosen);
        film.check(!found.films().isEmpty());
        if (!found.films().isEmpty()) {
            output.checkFilms(film.show());
        }
        if (film.show()) {
            FilmWindow.useScreen();
        }
        try (OutputFolder folder = OutputFolder.make(output.folder());
                Mask2Former loaded = model.load(
                        terminal, hubSettings(), size, engine.options().withEffort(effort.effort()))) {
            Segmenter segmenter = new Segmenter(
                    loaded,
                    chosen,
                    task.postProcessing(loaded.defaults(chosen), loaded.labels()),
                    task.kept(loaded.labels()));
            return ExitCode.of(pictures(found, folder.path(), segmenter), films(found, folder.path(), segmenter));
        }
    }

    /** @return the exit code, if there are any */
    private OptionalInt pictures(Sources found, Optional<Path> folder, Segmenter segmenter) {
        if (found.pictures().isEmpty()) {
            return OptionalInt.empty();
        }
        Optional<ResultWriter> writer =
                folder.map(f -> output.writer(f, segmenter.task(), model.name(), found.files()));
        try (Results results = new Results(writer, output, model.name())) {
            Pipeline pipeline = new Pipeline(terminal, segmenter::predict, segmenter::segment, results);
            return OptionalInt.of(pipeline.run(found.pictures()));
        }
    }

    /** @return the exit code, if there are any */
    private OptionalInt films(Sources found, Optional<Path> folder, Segmenter segmenter) {
        if (found.films().isEmpty()) {
            return OptionalInt.empty();
        }
        FilmSettings settings = new FilmSettings(terminal, segmenter, effort.effort(), film, output, model.name());
        return OptionalInt.of(new FilmRun(settings, new FilmNames(folder, found.files())).run(found.films()));
    }
}
