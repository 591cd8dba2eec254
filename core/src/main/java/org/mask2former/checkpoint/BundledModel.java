package org.mask2former.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.result.PostProcessorConfig;

/**
 * A model that comes with the program: a small one that the project trained itself, in the jar {@code mask2former-models}, a
 * folder in the hub's layout. Its weights are mapped into memory as any other model's, so the first use puts it into a cache
 * folder.
 *
 * @param name what {@code --model} calls it
 * @param task what it is for
 * @param sha256 of its weights; a new version gets a new folder in the cache by it
 */
public record BundledModel(String name, Task task, String sha256) {
    private static final String FOLDER = "org/mask2former/models/";
    /** A line for each: name, task and SHA-256 of model.safetensors. */
    private static final String INDEX = FOLDER + "index.txt";

    private static final List<String> FILES = List.of(
            ModelFiles.CONFIG,
            PreprocessorConfig.FILE_NAME,
            Mask2Former.LABELS_FILE,
            PostProcessorConfig.FILE_NAME,
            HubModelFiles.README,
            ModelFiles.WEIGHTS);

    /** All there are; none if the jar is not on the class path. */
    public static List<BundledModel> all() {
        return all(loader());
    }

    static List<BundledModel> all(ClassLoader loader) {
        List<BundledModel> models = new ArrayList<>();
        try (InputStream index = loader.getResourceAsStream(INDEX)) {
            if (index != null) {
                String text = new String(index.readAllBytes(), StandardCharsets.UTF_8);
                for (String line : text.lines().filter(l -> !l.isBlank()).toList()) {
                    String[] words = line.strip().split("\\s+");
                    models.add(new BundledModel(words[0], Task.valueOf(words[1].toUpperCase(Locale.ROOT)), words[2]));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return models;
    }

    /** The one of this name. */
    public static Optional<BundledModel> named(String name) {
        return all().stream().filter(m -> m.name.equals(name)).findFirst();
    }

    /**
     * The folder it is in.
     *
     * @param cache where it is put if it is inside a jar
     * @throws CheckpointException if it cannot be put there
     */
    Path folder(Path cache) {
        return folder(cache, loader());
    }

    Path folder(Path cache, ClassLoader loader) {
        URL weights = loader.getResource(FOLDER + name + "/" + ModelFiles.WEIGHTS);
        if (weights == null) {
            throw new CheckpointException("the jar of the model '" + name + "' is damaged: it lacks "
                    + ModelFiles.WEIGHTS + "; install the program again");
        }
        if (weights.getProtocol().equals("file")) {
            return Path.of(URI.create(weights.toString())).resolveSibling("");
        }
        Path folder = cache.resolve(name + "-" + sha256.substring(0, 12));
        if (!Files.isDirectory(folder)) {
            unpack(folder, loader);
        }
        return folder;
    }

    /** Filled beside and then moved into its place, so that it is there whole or not at all. */
    private void unpack(Path folder, ClassLoader loader) {
        try {
            Files.createDirectories(folder.toAbsolutePath().getParent());
            Path part = Files.createDirectory(AtomicFile.beside(folder));
            for (String file : FILES) {
                try (InputStream in = loader.getResourceAsStream(FOLDER + name + "/" + file)) {
                    if (in != null) {
                        Files.copy(in, part.resolve(file));
                    }
                }
            }
            try {
                Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) { // another process was faster
                for (String file : FILES) {
                    Files.deleteIfExists(part.resolve(file));
                }
                Files.delete(part);
            }
        } catch (IOException e) {
            throw Failures.unwritable(folder, e);
        }
    }

    private static ClassLoader loader() {
        return BundledModel.class.getClassLoader();
    }
}
