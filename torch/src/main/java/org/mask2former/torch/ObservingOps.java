package org.mask2former.torch;

import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.ops.Activation;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.FeedForward;
import org.mask2former.ops.Linear;

/** Runs the network as {@link TorchOps} does, and looks at what linear layers and convolutions are applied to. */
final class ObservingOps extends TorchOps {
    /** Numbers kept of an input; a picture has up to some millions. */
    private static final int SAMPLE = 2048;

    private final Map<String, TreeMap<Integer, ObservedInput>> observed;

    /** @param observed by weight and its first row, filled in */
    ObservingOps(
            TorchWeights weights,
            ConstantCache constants,
            Helpers helpers,
            Map<String, TreeMap<Integer, ObservedInput>> observed) {
        super(weights, constants, helpers);
        this.observed = observed;
    }

    @Override
    public Tensor linear(Tensor x, Linear layer, Activation activation) {
        observe(x, layer);
        return super.linear(x, layer, activation);
    }

    @Override
    public Tensor linearAdd(Tensor residual, Tensor x, Linear layer) {
        observe(x, layer);
        return super.linearAdd(residual, x, layer);
    }

    /** In its two parts, so that what is between them is seen. */
    @Override
    public Tensor feedForward(Tensor residual, Tensor x, FeedForward layers) {
        return linearAdd(residual, linear(x, layers.expand(), layers.activation()), layers.contract());
    }

    @Override
    public Tensor conv2d(Tensor map, Conv2d layer, Activation activation) {
        observe(map, layer.weight().name(), 0);
        return super.conv2d(map, layer, activation);
    }

    private void observe(Tensor x, Linear layer) {
        for (Linear.Rows rows : layer.weights()) {
            observe(x, rows.parameter().name(), rows.from());
        }
    }

    private void observe(Tensor x, String weight, int firstRow) {
        try (PointerScope scope = new PointerScope()) {
            Tensor flat = x.reshape(-1);
            T_TensorTensor_T ends = flat.aminmax();
            long step = Math.max(1, flat.numel() / SAMPLE) | 1; // odd, so that it meets all channels
            Tensor sample = flat.slice(0, new LongOptional(0), new LongOptional(flat.numel()), step);
            observed.computeIfAbsent(weight, w -> new TreeMap<>())
                    .computeIfAbsent(firstRow, r -> new ObservedInput())
                    .add(ends.get0().item_float(), ends.get1().item_float(), Tensors.toFloats(sample));
        }
    }
}
