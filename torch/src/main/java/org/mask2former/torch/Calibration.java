package org.mask2former.torch;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.checkpoint.InputRange;
import org.mask2former.checkpoint.Weights;
import org.mask2former.image.PixelValues;
import org.mask2former.model.FloatParts;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.Precision;

/**
 * Finds out on pictures what numbers the layers of a model are applied to, so that it can be quantised (see {@link
 * org.mask2former.checkpoint.Quantizer}). Runs the model in float32. Used by one platform thread; close it to free the
 * weights.
 */
public final class Calibration implements AutoCloseable {
    private final Mask2FormerNetwork network;
    private final TorchWeights weights;
    private final ConstantCache constants = new ConstantCache(ConstantCache.DEFAULT_LIMIT_BYTES);
    private final Helpers helpers;
    private final Map<String, TreeMap<Integer, ObservedInput>> observed = new TreeMap<>();

    /**
     * Copies the weights; the source may be closed afterwards.
     *
     * @param threads of a forward pass
     */
    public Calibration(ModelConfig config, Weights source, int threads) {
        Torch.load();
        torch.set_num_threads(threads);
        network = new Mask2FormerNetwork(config);
        weights = new TorchWeights(network.parameters(), source, TorchDevice.CPU, Precision.FP32);
        helpers = new Helpers(threads);
    }

    /** Runs pictures through the network and looks on. */
    public void observe(PixelValues batch) {
        Torch.call("calibrating", () -> {
            try (PointerScope scope = new PointerScope();
                    InferenceMode inference = new InferenceMode(true);
                    ObservingOps ops = new ObservingOps(weights, constants, helpers, observed)) {
                network.forward(ops, ops.pixels(batch.values(), batch.batch(), batch.height(), batch.width()));
            } finally {
                constants.trim();
            }
            return true;
        });
    }

    /**
     * The weights that may be quantised, with the ranges of what they are applied to: one for each block of rows that is a
     * layer of its own.
     */
    public Map<String, List<InputRange>> ranges() {
        Map<String, List<InputRange>> ranges = new TreeMap<>();
        observed.forEach((weight, blocks) -> {
            if (!FloatParts.contains(weight)) {
                ranges.put(
                        weight,
                        blocks.values().stream().map(ObservedInput::range).toList());
            }
        });
        return ranges;
    }

    @Override
    public void close() {
        helpers.close();
        constants.close();
        weights.close();
    }
}
