package org.mask2former.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.result.Overlay;
import org.mask2former.result.ResultFormat;
import org.mask2former.result.ResultJson;
import org.mask2former.result.ResultWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where results go and in which forms. */
final class OutputOptions {
    private static final Path DEFAULT_FOLDER = Path.of("runs", "predict");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            order = 3,
            description =
                    "Folder of the results (default: runs/predict, or if that is there runs/predict-2 and so on).")
    private @Nullable Path folder;

    @Option(
            names = "--save",
            completionCandidates = LowerCase.FurtherForms.class,
            paramLabel = "FORM",
            split = ",",
            order = 6,
            description =
                    "Further forms of results beside JSON and overlay: ${COMPLETION-CANDIDATES}. Of films: json, a"
                            + " line a frame.")
    private List<ResultFormat> save = new ArrayList<>();

    @Option(
            names = "--json",
            order = 7,
            description =
                    "Print JSON on standard output, one line a picture or frame; files are then written only if --output is"
                            + " given.")
    private boolean json;

    @Option(names = "--no-overlay", order = 8, description = "Write no overlay.")
    private boolean noOverlay;

    @Option(names = "--polygons", order = 9, description = "The JSON also has the segments' outlines as polygons.")
    private boolean polygons;

    private double alpha;

    @Option(
            names = "--alpha",
            paramLabel = "SHARE",
            defaultValue = "0.5",
            order = 9,
            description = "How much of the overlay's colour covers the picture, 0 to 1 (default: ${DEFAULT-VALUE}).")
    void alpha(double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new ParameterException(spec.commandLine(), "--alpha must be from 0 to 1, but is " + value);
        }
        alpha = value;
    }

    boolean printsJson() {
        return json;
    }

    ResultJson jsonForm() {
        return ResultJson.DEFAULT.withPolygons(polygons);
    }

    /** The folder to write to, or empty if no files are asked for. It need not be there yet. */
    Optional<Path> folder() {
        if (folder != null || json) {
            return Optional.ofNullable(folder);
        }
        return Optional.of(OutputFolder.free(DEFAULT_FOLDER));
    }

    /** Refuses forms that do not fit the task. */
    void check(Task task) {
        try {
            formats().forEach(format -> format.requireFits(task));
        } catch (Mask2FormerException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Refuses what cannot be had of films.
     *
     * @param show whether they are shown
     */
    void checkFilms(boolean show) {
        for (ResultFormat format : save) {
            if (format != ResultFormat.JSON && format != ResultFormat.OVERLAY) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--save " + format.name().toLowerCase(Locale.ROOT)
                                + " is for pictures; of films there are the overlay and --save json");
            }
        }
        if (noOverlay && !savesJson() && !json && !show) {
            throw new ParameterException(
                    spec.commandLine(), "--no-overlay leaves nothing of a film; add --save json, --json or --show");
        }
    }

    /** Whether films are written. */
    boolean drawsOverlay() {
        return !noOverlay;
    }

    /** Whether JSON was asked for, which pictures get anyway. */
    boolean savesJson() {
        return save.contains(ResultFormat.JSON);
    }

    /** As it is asked for, beginning with another. */
    Overlay overlay(Overlay base) {
        return base.withAlpha(alpha);
    }

    private Set<ResultFormat> formats() {
        Set<ResultFormat> formats = EnumSet.of(ResultFormat.JSON);
        formats.addAll(save);
        if (!noOverlay) {
            formats.add(ResultFormat.OVERLAY);
        }
        return formats;
    }

    /**
     * Writes results of pictures into the folder, which is there.
     *
     * @param inputs files that must not be overwritten
     */
    ResultWriter writer(Path folder, Task task, String model, List<Path> inputs) {
        return ResultWriter.open(
                folder,
                task,
                formats(),
                ResultWriter.Options.DEFAULT
                        .withModel(model)
                        .withJson(jsonForm())
                        .withOverlay(overlay(Overlay.DEFAULT))
                        .withInputs(inputs));
    }
}
