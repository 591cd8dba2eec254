package org.mask2former.torch;

import org.mask2former.model.Precision;

/**
 * How a training step runs forward.
 *
 * @param trainBatchNorm whether batch norms take the statistics of the batch, move their running statistics towards them and
 *     learn, as a backbone trained from scratch needs; otherwise they use the running statistics, and leave them alone
 * @param precision what linear layers and convolutions compute in; weights, norms, softmax, sampling positions and losses
 *     are float32 in any case
 * @param dropPath whether stochastic depth leaves out branches of the backbone, see {@link
 *     org.mask2former.model.SwinConfig#dropPathRate}
 * @param seed of what is left out of the first sample; of the second it is one more, and so on, whichever samples are in a
 *     batch together. The same seed leaves out the same, so give each step its own
 * @param checkpointing whether the layers of a chain keep their inputs alone and are computed anew on the way back (Chen et al.
 *     2016): the same gradients in less memory and more time
 */
public record AutogradOptions(
        boolean trainBatchNorm, Precision precision, boolean dropPath, long seed, boolean checkpointing) {
    /** The reference's numbers: frozen batch norm, float32, nothing left out. */
    public static final AutogradOptions DEFAULT = new AutogradOptions(false, Precision.FP32, false, 0, false);

    public AutogradOptions withTrainBatchNorm(boolean newTrainBatchNorm) {
        return new AutogradOptions(newTrainBatchNorm, precision, dropPath, seed, checkpointing);
    }

    public AutogradOptions withPrecision(Precision newPrecision) {
        return new AutogradOptions(trainBatchNorm, newPrecision, dropPath, seed, checkpointing);
    }

    public AutogradOptions withDropPath(boolean newDropPath) {
        return new AutogradOptions(trainBatchNorm, precision, newDropPath, seed, checkpointing);
    }

    public AutogradOptions withSeed(long newSeed) {
        return new AutogradOptions(trainBatchNorm, precision, dropPath, newSeed, checkpointing);
    }

    public AutogradOptions withCheckpointing(boolean newCheckpointing) {
        return new AutogradOptions(trainBatchNorm, precision, dropPath, seed, newCheckpointing);
    }
}
