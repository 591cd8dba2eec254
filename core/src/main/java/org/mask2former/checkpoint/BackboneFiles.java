package org.mask2former.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.mask2former.image.PreprocessorConfig;

/**
 * The weights of a backbone, to begin training with, under the hub's names: of a classifier or a backbone by Transformers,
 * torchvision or the original Swin repository, of a file made for Detectron2, or of a whole Mask2Former. A folder in the hub's
 * layout, or a single file of any supported format.
 *
 * <p>Opening reads names and shapes; the weights follow on demand. Safe for use by several threads.
 */
public final class BackboneFiles implements AutoCloseable {
    private static final int SHOWN = 3;

    private final String names;
    private final Weights weights;
    private final List<String> others;
    private final Optional<Path> preprocessor;

    private BackboneFiles(String names, Weights weights, List<String> others, Optional<Path> preprocessor) {
        this.names = names;
        this.weights = weights;
        this.others = others;
        this.preprocessor = preprocessor;
    }

    /**
     * Opens a folder or a single file.
     *
     * @throws CheckpointException if there is no such thing, it is damaged, or it holds no backbone of a known kind; the
     *     message names the file and what to do
     */
    public static BackboneFiles open(Path folderOrFile) {
        if (!Files.exists(folderOrFile)) {
            throw new CheckpointException(
                    folderOrFile + " does not exist; name a folder in the hub's layout or a" + " checkpoint file");
        }
        Path file = Files.isDirectory(folderOrFile) ? ModelFiles.weightFile(folderOrFile) : folderOrFile;
        Optional<Path> preprocessor =
                Optional.of(file.resolveSibling(PreprocessorConfig.FILE_NAME)).filter(Files::exists);
        Weights raw = CheckpointFile.open(file);
        try {
            refuseRelatives(raw);
            if (HubDialect.isWhole(raw)) {
                return ofWhole(HubDialect.of(raw), preprocessor);
            }
            BackboneDialect dialect = BackboneDialect.find(raw.names()).orElseThrow(() -> unknown(raw));
            return of(raw, dialect, preprocessor);
        } catch (RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    private static BackboneFiles ofWhole(Weights model, Optional<Path> preprocessor) {
        Map<String, RenamedWeights.Origin> origins = new LinkedHashMap<>();
        List<String> others = new ArrayList<>();
        for (String name : model.names()) {
            if (CheckpointFit.isIgnorable(name)) {
                continue;
            }
            if (BackboneDialect.isOfBackbone(name)) {
                origins.put(name, new RenamedWeights.Origin(name, 0, 1));
            } else {
                others.add(name);
            }
        }
        return new BackboneFiles("a whole Mask2Former", new RenamedWeights(model, origins), others, preprocessor);
    }

    private static BackboneFiles of(Weights raw, BackboneDialect dialect, Optional<Path> preprocessor) {
        Map<String, RenamedWeights.Origin> origins = new LinkedHashMap<>();
        List<String> others = new ArrayList<>();
        String prefix = dialect.prefix(raw.names());
        for (String name : raw.names()) {
            if (CheckpointFit.isIgnorable(name)) {
                continue;
            }
            List<String> hub = dialect.hubNames(name, prefix);
            for (int part = 0; part < hub.size(); part++) {
                origins.put(hub.get(part), new RenamedWeights.Origin(name, part, hub.size()));
            }
            if (hub.isEmpty()) {
                others.add(name);
            }
        }
        return new BackboneFiles(dialect.whose(), new RenamedWeights(raw, origins), others, preprocessor);
    }

    /** Networks that share names with the backbones and compute something else. */
    private static void refuseRelatives(Weights raw) {
        if (raw.names().stream().anyMatch(n -> n.contains("cpb_mlp.") || n.contains("continuous_position_bias_mlp."))) {
            throw new CheckpointException(raw.source()
                    + " is a Swin Transformer V2, which is another network; choose one" + " of the first version");
        }
        if (raw.names().contains("res2_0_branch2a_w")) {
            throw new CheckpointException(
                    raw.source() + " is a ResNet of Caffe2, which wants pictures in blue, green, red"
                            + " and has its strides elsewhere; choose torchvision's, ImageNetPretrained/torchvision/R-50.pkl");
        }
        if (raw.names().stream().anyMatch(n -> n.contains("w_msa."))) {
            throw new CheckpointException(
                    raw.source() + " is an OpenMMLab checkpoint, which is not supported; choose the"
                            + " original Swin's or Transformers'");
        }
    }

    private static CheckpointException unknown(Weights raw) {
        String some = raw.names().stream().limit(SHOWN).collect(Collectors.joining(", "));
        return new CheckpointException(raw.source() + " holds no backbone of a known kind: none of its "
                + raw.names().size() + " tensors" + (some.isEmpty() ? "" : ", such as " + some + ",")
                + " is named like one of a Swin or ResNet by Transformers, torchvision, Detectron2 or the original Swin"
                + " repository");
    }

    /** Whose names the file has, for people. */
    public String names() {
        return names;
    }

    /** The backbone's weights in the hub's dialect; open until this is closed. */
    public Weights weights() {
        return weights;
    }

    /** What else the file has: the names of weights that are not the backbone's, such as a classifier's head. */
    public List<String> others() {
        return List.copyOf(others);
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
