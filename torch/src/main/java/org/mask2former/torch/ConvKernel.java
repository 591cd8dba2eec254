package org.mask2former.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.mask2former.ops.Activation;
import org.mask2former.ops.Conv2d;

/** A convolution with its weights, batch norm multiplied in, ready to run. Used by one thread at a time. */
interface ConvKernel extends AutoCloseable {
    /** Of a map {@code [B, H, W, C]}, and so the result, a new tensor. */
    Tensor run(Tensor map, Activation activation);

    @Override
    void close();

    /**
     * In the type of the bias.
     *
     * @param weight {@code [out, in, k, k]}, of that type, or of a smaller one to be converted whenever it is used; taken over
     * @param bias {@code [out]}; taken over
     */
    static ConvKernel of(Conv2d layer, Tensor weight, Tensor bias) {
        return new ConvKernel() {
            @Override
            public Tensor run(Tensor map, Activation activation) {
                try (PointerScope scope = new PointerScope()) {
                    Tensor y = TensorOps.convolve(map, layer, weight.to(bias.scalar_type()), new TensorOptional(bias));
                    return Tensors.detach(TensorOps.channelsLast(Activations.apply(y, activation)));
                }
            }

            @Override
            public void close() {
                weight.close();
                bias.close();
            }
        };
    }
}
