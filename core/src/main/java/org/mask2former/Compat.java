package org.mask2former;

/** Which rule book of pre- and post-processing is followed; published code disagrees. See docs/compat.md. */
public enum Compat {
    /** The original repository's rules (Detectron2), which give the published numbers. The default. */
    PAPER,
    /** Transformers' rules, for people who replace it. */
    HF
}
