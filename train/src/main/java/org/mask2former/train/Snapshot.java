package org.mask2former.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.checkpoint.CheckpointException;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;
import org.mask2former.ops.HostTensor;
import org.mask2former.torch.Tensors;

/**
 * All that a run needs to go on where it was: one safetensors file with weights, moments and averages, and in its metadata
 * where the run stands. It is written beside the old one and then takes its place, so that a run killed at any moment finds a
 * whole one. Stateless.
 */
final class Snapshot {
    private static final String PROGRESS = "progress";

    private Snapshot() {}

    /** Whether there is one. */
    static boolean exists(Path file) {
        return Files.exists(file);
    }

    static void write(Path file, Map<String, Tensor> tensors, TrainingProgress progress) {
        Map<String, HostTensor> copies = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> copies.put(name, Tensors.toHost(tensor)));
        Safetensors.write(
                file, Weights.of("the run's state", copies), Map.of("format", "pt", PROGRESS, progress.text()));
    }

    /**
     * Copies what was kept into the tensors of the same names.
     *
     * @throws CheckpointException if it cannot be read, or is of another model
     */
    static TrainingProgress read(Path file, Map<String, Tensor> tensors) {
        String progress = Safetensors.metadata(file).get(PROGRESS);
        if (progress == null) {
            throw new CheckpointException(file + " is not the state of a training run: it does not say where the run"
                    + " stood; remove it to start anew");
        }
        try (Weights saved = Safetensors.open(file);
                NoGradGuard constants = new NoGradGuard()) {
            if (!saved.names().equals(tensors.keySet())) {
                throw new CheckpointException(file + " is the state of another model: it has "
                        + saved.names().size() + " tensors and this run needs " + tensors.size()
                        + "; choose another --name");
            }
            tensors.forEach((name, tensor) -> {
                try (PointerScope scope = new PointerScope()) {
                    tensor.copy_(Tensors.adopt(Tensors.copyOf(saved.tensor(name))));
                }
            });
            return TrainingProgress.of(progress, file.toString());
        }
    }
}
