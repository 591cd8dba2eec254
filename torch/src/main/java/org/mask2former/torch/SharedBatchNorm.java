package org.mask2former.torch;

import java.util.function.Consumer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.ops.Conv2d;

/**
 * Batch norm of a batch that several processes share out: by the statistics of the whole, and with its gradients, where each
 * process sees its own pictures alone. Forward they exchange sums and sums of squares, backward the two sums that the gradient
 * of a statistic is made of (Ioffe and Szegedy 2015, section 3).
 */
final class SharedBatchNorm {
    private static final long[] ALL_BUT_CHANNELS = {0, 2, 3};

    private final Tensor weight;
    private final Tensor bias;
    private final Consumer<Tensor> sum;

    /**
     * @param weight {@code [C]}
     * @param bias {@code [C]}
     * @param sum adds a tensor up over all processes, in place
     */
    SharedBatchNorm(Tensor weight, Tensor bias, Consumer<Tensor> sum) {
        this.weight = weight;
        this.bias = bias;
        this.sum = sum;
    }

    /**
     * What came out, in the scope around.
     *
     * @param y {@code [B, C, H, W]}
     * @param normalised the same before weights and bias, for the way back
     * @param scale what it was multiplied with, {@code [1, C, 1, 1]}
     * @param count elements of a channel in all processes, {@code [1]}
     * @param mean of each channel
     * @param variance of each channel, unbiased
     */
    record Forward(Tensor y, Tensor normalised, Tensor scale, Tensor count, Tensor mean, Tensor variance) {}

    Forward forward(Tensor x /* [B, C, H, W], float32 */) {
        Tensor sums = torch.cat(new TensorVector(total(x), elements(x)));
        sum.accept(sums);
        Tensor count = sums.narrow(0, channels(x), 1);
        Tensor mean = sums.narrow(0, 0, channels(x)).div(count);
        Tensor centred = x.sub(perChannel(mean));
        Tensor squares = total(centred.square());
        sum.accept(squares);
        Tensor scale = squares.div(count).add(new Scalar(Conv2d.BatchNorm.EPS)).rsqrt();
        Tensor normalised = centred.mul(perChannel(scale));
        Tensor y = normalised.mul(perChannel(weight)).add(perChannel(bias));
        Tensor variance = squares.div(count.sub(new Scalar(1)));
        return new Forward(y, normalised, perChannel(scale), count, mean, variance);
    }

    /** The gradient of x; the weights get theirs, for the pictures here. */
    Tensor backward(Tensor gradient, Tensor normalised, Tensor scale, Tensor count) {
        Tensor ofBias = total(gradient);
        Tensor ofWeight = total(gradient.mul(normalised));
        Tensor sums = torch.cat(new TensorVector(ofBias, ofWeight));
        Tape.give(bias, ofBias);
        Tape.give(weight, ofWeight);
        sum.accept(sums);
        Tensor means = sums.div(count);
        long channels = channels(gradient);
        Tensor throughMean = perChannel(means.narrow(0, 0, channels));
        Tensor throughVariance = perChannel(means.narrow(0, channels, channels));
        return gradient.sub(throughMean).sub(normalised.mul(throughVariance)).mul(scale.mul(perChannel(weight)));
    }

    /** Whether the weights have gradients. */
    boolean learns() {
        return weight.requires_grad() || bias.requires_grad();
    }

    private static long channels(Tensor x) {
        return x.size(1);
    }

    private static Tensor elements(Tensor x) {
        return Tensors.adopt(Tensors.copyOf(new float[] {(float) (x.numel() / channels(x))}, 1));
    }

    private static Tensor total(Tensor x) {
        return x.sum(ALL_BUT_CHANNELS);
    }

    private static Tensor perChannel(Tensor x) {
        return x.view(1, -1, 1, 1);
    }
}
