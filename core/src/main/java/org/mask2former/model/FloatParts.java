package org.mask2former.model;

import java.util.regex.Pattern;

/**
 * The parts that keep floating-point numbers in a model of 8-bit integers. All are small, and each carries numbers that bytes
 * would spoil: pixels enter through the first convolution; where deformable attention looks is a sum of small offsets; and
 * what a query says (its class, and the embedding its mask is a product with) is the answer itself. Norms, softmax, biases,
 * embeddings and the products of queries with pixels are never quantised, whatever this says.
 */
public final class FloatParts {
    private static final Pattern KEPT = Pattern.compile(
            "embeddings\\.patch_embeddings\\." // Swin's first convolution
                    + "|encoder\\.embedder\\.embedder\\." // ResNet's
                    + "|\\.sampling_offsets\\."
                    + "|\\.attention_weights\\."
                    + "|\\.mask_embedder\\."
                    + "|^class_predictor\\.");

    private FloatParts() {}

    /** Whether the weight of this name, in the hub's dialect, stays as it is. */
    public static boolean contains(String parameter) {
        return KEPT.matcher(parameter).find();
    }
}
