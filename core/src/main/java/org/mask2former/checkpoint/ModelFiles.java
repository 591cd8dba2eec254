package org.mask2former.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.model.ModelConfig;

/**
 * A model on disk: its architecture, its weights under the hub's names, and its preprocessing. Either a folder in the
 * hub's layout ({@code config.json} beside {@code model.safetensors} or {@code pytorch_model.bin}, single or sharded) or a
 * single checkpoint of any supported kind, whose architecture is taken from a {@code config.json} beside it or else
 * inferred from the weights ({@link ConfigInference}).
 *
 * <p>Opening reads names and shapes; the weights follow on demand. Safe for use by several threads.
 */
public final class ModelFiles implements AutoCloseable {
    public static final String CONFIG = "config.json";
    public static final String PREPROCESSOR = PreprocessorConfig.FILE_NAME;
    public static final String WEIGHTS = "model.safetensors";
    /** Where the hub's layout has the weights, in the order in which they are looked for. */
    private static final List<String> WEIGHT_FILES = HubModelFiles.WEIGHTS.stream()
            .flatMap(weights -> Stream.of(weights, HubModelFiles.index(weights)))
            .toList();

    private final Path source;
    private final ModelConfig config;
    private final Weights weights;
    private final Optional<Path> preprocessor;

    private ModelFiles(Path source, ModelConfig config, Weights weights, Optional<Path> preprocessor) {
        this.source = source;
        this.config = config;
        this.weights = weights;
        this.preprocessor = preprocessor;
    }

    /**
     * Opens a folder or a single file.
     *
     * @throws CheckpointException if there is no such thing, something is missing or damaged, or the architecture is not
     *     supported; the message names the file and what to do
     */
    public static ModelFiles open(Path folderOrFile) {
        if (!Files.exists(folderOrFile)) {
            throw new CheckpointException(
                    folderOrFile + " does not exist; name a folder in the hub's layout or a" + " checkpoint file");
        }
        return Files.isDirectory(folderOrFile) ? openFolder(folderOrFile) : open(folderOrFile, folderOrFile);
    }

    private static ModelFiles openFolder(Path folder) {
        Optional<Path> weights = findWeights(folder);
        boolean hasConfig = Files.exists(folder.resolve(CONFIG));
        if (weights.isEmpty() && !hasConfig) {
            throw new CheckpointException(
                    "the folder " + folder + " is not in the hub's layout: it has neither config.json" + " nor "
                            + String.join(" or ", HubModelFiles.WEIGHTS) + contents(folder));
        }
        if (!hasConfig) {
            throw new CheckpointException(folder.resolve(CONFIG) + " is missing; download it to its place beside the"
                    + " weights, or name the weight file itself to have its architecture inferred");
        }
        return open(folder, weightFile(folder));
    }

    /** The file with a folder's weights, or the index of several. */
    static Path weightFile(Path folder) {
        return findWeights(folder)
                .orElseThrow(() -> new CheckpointException("the folder " + folder + " has no weights: none of "
                        + String.join(", ", WEIGHT_FILES) + contents(folder)));
    }

    private static Optional<Path> findWeights(Path folder) {
        return WEIGHT_FILES.stream().map(folder::resolve).filter(Files::exists).findFirst();
    }

    private static ModelFiles open(Path source, Path weightFile) {
        Weights raw = CheckpointFile.open(weightFile);
        try {
            Weights weights = QuantizedWeights.of(HubDialect.of(raw));
            Path configFile = weightFile.resolveSibling(CONFIG);
            ModelConfig config =
                    Files.exists(configFile) ? ConfigJson.read(configFile) : ConfigInference.infer(weights);
            Optional<Path> preprocessor =
                    Optional.of(weightFile.resolveSibling(PREPROCESSOR)).filter(Files::exists);
            return new ModelFiles(source, config, weights, preprocessor);
        } catch (RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    /** What a person might have meant, for the end of a message. */
    private static String contents(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<String> names =
                    files.map(f -> f.getFileName().toString()).sorted().limit(6).toList();
            return names.isEmpty()
                    ? "; it is empty, download the model into it"
                    : "; it has " + names.stream().limit(5).collect(Collectors.joining(", "))
                            + (names.size() > 5 ? ", …" : "")
                            + "; name the checkpoint file itself, if it is among them";
        } catch (IOException e) {
            throw Failures.unreadable(folder, e);
        }
    }

    /** The folder or file that was opened. */
    public Path source() {
        return source;
    }

    public ModelConfig config() {
        return config;
    }

    /** The weights in the hub's dialect; open until this is closed. */
    public Weights weights() {
        return weights;
    }

    /** The {@code preprocessor_config.json} beside the weights, if there is one. */
    public Optional<Path> preprocessorJson() {
        return preprocessor;
    }

    /** Closes the weights; tensors read before stay valid. */
    @Override
    public void close() {
        weights.close();
    }
}
