package org.mask2former.torch;

import java.util.function.Consumer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
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
    private static final ScalarTypeOptional DOUBLE = Tensors.forever(new ScalarTypeOptional(torch.ScalarType.Double));

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
     * @param count elements of a channel in all processes, {@code [1]}
     * @param mean of each channel
     * @param scale of each channel: one over its standard deviation
     * @param variance of each channel, unbiased
     */
    record Forward(Tensor y, Tensor count, Tensor mean, Tensor scale, Tensor variance) {}

    Forward forward(Tensor x /* [B, C, H, W], float32 */) {
        Tensor sums = torch.cat(new TensorVector(total(x), elements(x)));
        sum.accept(sums);
        Tensor count = sums.narrow(0, channels(x), 1);
        Tensor mean = rounded(sums.narrow(0, 0, channels(x)).div(count));
        Tensor squares = total(x.sub(perChannel(mean)).square());
        sum.accept(squares);
        Tensor scale =
                rounded(squares.div(count).add(new Scalar(Conv2d.BatchNorm.EPS)).rsqrt());
        Tensor factor = scale.mul(weight);
        Tensor y = perChannel(bias.sub(mean.mul(factor))).addcmul(x, perChannel(factor));
        return new Forward(y, count, mean, scale, rounded(squares.div(count.sub(new Scalar(1)))));
    }

    /** The gradient of x; the weights get theirs, for the pictures here. */
    Tensor backward(Tensor gradient, Tensor x, Tensor count, Tensor mean, Tensor scale) {
        Tensor centred = x.sub(perChannel(mean));
        Tensor ofBias = total(gradient);
        Tensor dot = total(gradient.mul(centred));
        Tensor sums = torch.cat(new TensorVector(ofBias, dot));
        Tape.give(bias, rounded(ofBias));
        Tape.give(weight, rounded(dot.mul(scale)));
        sum.accept(sums);
        Tensor means = sums.div(count);
        long channels = channels(x);
        Tensor throughMean = rounded(means.narrow(0, 0, channels));
        Tensor throughVariance =
                rounded(means.narrow(0, channels, channels).mul(scale).mul(scale));
        return gradient.sub(perChannel(throughMean))
                .sub(centred.mul(perChannel(throughVariance)))
                .mul(perChannel(scale.mul(weight)));
    }

    /** Whether the weights have gradients. */
    boolean learns() {
        return weight.requires_grad() || bias.requires_grad();
    }

    private static long channels(Tensor x) {
        return x.size(1);
    }

    private static Tensor elements(Tensor x) {
        return torch.full(
                new long[] {1},
                new Scalar((double) (x.numel() / channels(x))),
                new TensorOptions(torch.ScalarType.Double));
    }

    private static Tensor rounded(Tensor x) {
        return x.to(torch.ScalarType.Float);
    }

    private static Tensor total(Tensor x) {
        return x.sum(ALL_BUT_CHANNELS, false, DOUBLE);
    }

    private static Tensor perChannel(Tensor x) {
        return x.view(1, -1, 1, 1);
    }
}
