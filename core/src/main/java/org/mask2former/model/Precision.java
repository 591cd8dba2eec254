package org.mask2former.model;

/** The numbers a forward pass computes with. What comes in and goes out is float32 in any case. */
public enum Precision {
    /** The fastest that the processor computes with natively and that gives the same maps: bf16 where it can, else fp32. */
    AUTO,
    /** The reference's numbers. */
    FP32,
    /** bfloat16 weights and activations; sums, norms, softmax and sampling positions in float32. */
    BF16
}
