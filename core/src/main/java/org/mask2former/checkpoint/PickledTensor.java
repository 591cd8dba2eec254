package org.mask2former.checkpoint;

/** A tensor as a pickle describes it. */
interface PickledTensor {
    /**
     * The tensor, its bytes still unread.
     *
     * @throws CheckpointException if its type is not supported or sizes disagree
     */
    LazyTensor lazy();
}
