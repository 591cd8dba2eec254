package org.mask2former.model;

/** The numbers a forward pass computes with. What comes in and goes out is float32 in any case. */
public enum Precision {
    /** The fastest that the processor computes with natively: int8 for a quantised checkpoint, bf16, or else fp32. */
    AUTO,
    /** The reference's numbers. */
    FP32,
    /** bfloat16 weights and activations; sums, norms, softmax and sampling positions in float32. */
    BF16,
    /**
     * float16 weights of linear layers and convolutions, which take half the memory; computed with in float32, layer by
     * layer, since few processors add and multiply float16. For smaller, not for faster.
     */
    FP16,
    /**
     * 8-bit integer weights and inputs of most linear layers and convolutions, for a checkpoint that was quantised (see
     * {@link FloatParts}); all else as {@link #BF16} where the processor has instructions for that, or as {@link #FP32}.
     */
    INT8
}
