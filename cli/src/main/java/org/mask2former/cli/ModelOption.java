package org.mask2former.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.mask2former.LoadOptions;
import org.mask2former.Mask2Former;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.checkpoint.BundledModel;
import org.mask2former.checkpoint.HubId;
import org.mask2former.checkpoint.HubSettings;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.checkpoint.ModelLocation;
import org.mask2former.checkpoint.ProgressListener;
import org.mask2former.data.Dataset;
import org.mask2former.model.EngineOptions;
import picocli.CommandLine.Option;

/** {@code --model} of every command that has one: finds the files it names, and fetches them if need be. */
final class ModelOption {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            defaultValue = "facades",
            order = 1,
            description = "A model that comes with the program (facades, nuclei), OWNER/NAME[@REVISION] on the hub, a"
                    + " folder in the hub's layout, or a checkpoint file (.safetensors, .bin, .pth, .pkl) or its URL"
                    + " (default: ${DEFAULT-VALUE}).")
    private String model;

    /** A model named elsewhere than by the option. */
    static ModelOption named(String model) {
        ModelOption option = new ModelOption();
        option.model = model;
        return option;
    }

    /** As it was given. */
    String name() {
        return model;
    }

    /** What it is for, where that is known before it is loaded. */
    Optional<Task> task() {
        return BundledModel.named(model).map(BundledModel::task).or(() -> Task.named(model));
    }

    /** What to measure it by on a data set: an instance or semantic model can do nothing else; any other may do all. */
    Set<Task> tasks(Dataset annotated) {
        return task().filter(task -> task != Task.PANOPTIC)
                .<Set<Task>>map(EnumSet::of)
                .orElseGet(() -> EnumSet.copyOf(annotated.tasks()));
    }

    /** What it is on the hub, unless it is a file or folder here. */
    Optional<HubId> hubId() {
        return isLocal() || !HubId.matches(model) ? Optional.empty() : Optional.of(HubId.parse(model));
    }

    /** The folder or file it is in; from the hub, what the cache lacks is fetched first. */
    Path find(Terminal terminal, HubSettings settings) {
        return with(terminal, progress -> ModelLocation.find(model, settings, progress));
    }

    /**
     * Opens its files.
     *
     * @throws Mask2FormerException if there is no such model, or it cannot be read or fetched
     */
    ModelFiles open(Terminal terminal, HubSettings settings) {
        return ModelFiles.open(find(terminal, settings));
    }

    /**
     * Makes it ready to run.
     *
     * @throws Mask2FormerException if that fails
     */
    Mask2Former load(Terminal terminal, HubSettings settings, SizeOptions size, EngineOptions engine) {
        return load(
                terminal,
                LoadOptions.defaults()
                        .withHub(settings)
                        .withEngine(engine)
                        .withCompat(size.compat())
                        .withSize(size.size()));
    }

    /**
     * Makes it ready to run.
     *
     * @throws Mask2FormerException if that fails
     */
    Mask2Former load(Terminal terminal, LoadOptions options) {
        Mask2Former loaded = with(terminal, progress -> Mask2Former.load(model, options.withProgress(progress)));
        System.gc(); // the file of weights stays mapped, and resident, until its mapping is found to be garbage
        return loaded;
    }

    private <R> R with(Terminal terminal, Function<ProgressListener, R> body) {
        try (DownloadProgress progress = new DownloadProgress(terminal)) {
            return body.apply(progress);
        } catch (Mask2FormerException e) {
            throw HubModels.explain(model, e);
        }
    }

    private boolean isLocal() {
        try {
            return Files.exists(Path.of(model));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
