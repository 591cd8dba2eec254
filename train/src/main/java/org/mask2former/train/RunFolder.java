package org.mask2former.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2Former;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.ConfigJson;
import org.mask2former.checkpoint.ModelFiles;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.model.ModelConfig;
import org.mask2former.ops.HostTensor;
import org.mask2former.result.Labels;

/**
 * The files of a run:
 *
 * <pre>
 * config.yaml            the resolved configuration
 * results.csv            a line for each interval
 * curves.png             the same, drawn
 * batch.png              the first pictures as the model saw them
 * samples/STEP.png       predictions beside the truth
 * state.safetensors      to resume from
 * weights/best.safetensors, last.safetensors, with config.json, preprocessor_config.json and labels.json
 * </pre>
 */
final class RunFolder {
    private final Path path;

    /** Makes the folder if it is not there. */
    RunFolder(Path path) {
        this.path = path;
        try {
            Files.createDirectories(path.resolve("weights"));
            Files.createDirectories(path.resolve("samples"));
        } catch (IOException e) {
            throw new Mask2FormerException("cannot make the folder " + path + ": " + AtomicFile.reason(e), e);
        }
    }

    Path path() {
        return path;
    }

    Path configuration() {
        return path.resolve("config.yaml");
    }

    Path results() {
        return path.resolve("results.csv");
    }

    Path state() {
        return path.resolve("state.safetensors");
    }

    Path curves() {
        return path.resolve("curves.png");
    }

    Path batch() {
        return path.resolve("batch.png");
    }

    Path sample(long step) {
        return path.resolve("samples").resolve(String.format("%07d.png", step));
    }

    Path last() {
        return path.resolve("weights").resolve("last.safetensors");
    }

    Path best() {
        return path.resolve("weights").resolve("best.safetensors");
    }

    /** What a checkpoint in this folder needs beside it. */
    void writeModel(ModelConfig model, PreprocessorConfig preprocessing, Labels labels) {
        Path weights = path.resolve("weights");
        ConfigJson.write(weights.resolve(ModelFiles.CONFIG), model);
        writeText(weights.resolve(ModelFiles.PREPROCESSOR), preprocessing.toJson());
        try {
            labels.write(weights.resolve(Mask2Former.LABELS_FILE));
        } catch (IOException e) {
            throw new Mask2FormerException("cannot write to " + weights + ": " + AtomicFile.reason(e), e);
        }
    }

    /** The model as it is after this step. */
    void writeLast(Map<String, HostTensor> weights) {
        Safetensors.write(last(), weights);
    }

    /** What was last is the best. */
    void lastIsBest() {
        try {
            AtomicFile.write(best(), out -> Files.copy(last(), out));
        } catch (IOException e) {
            throw new Mask2FormerException("cannot write " + best() + ": " + AtomicFile.reason(e), e);
        }
    }

    static void writeText(Path file, String text) {
        try {
            AtomicFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new Mask2FormerException("cannot write " + file + ": " + AtomicFile.reason(e), e);
        }
    }
}
