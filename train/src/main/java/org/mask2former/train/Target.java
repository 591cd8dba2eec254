package org.mask2former.train;

import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/**
 * What is to be found in a picture.
 *
 * @param classes the class of each segment, from 0
 * @param masks which pixels are a segment's, 1 or 0, uint8 {@code [n, H, W]}, in the size of the network's padded input;
 *     segments may overlap
 */
public record Target(int[] classes, HostTensor masks) {
    public Target {
        classes = classes.clone();
        int[] shape = masks.shape();
        if (masks.dtype() != DType.U8 || shape.length != 3 || shape[0] != classes.length) {
            throw new IllegalArgumentException("masks of " + classes.length + " segments must be uint8 ["
                    + classes.length + ", height, width], not " + masks);
        }
    }

    @Override
    public int[] classes() {
        return classes.clone();
    }

    /** Segments. */
    public int count() {
        return classes.length;
    }

    public int height() {
        return masks.shape()[1];
    }

    public int width() {
        return masks.shape()[2];
    }
}
