package org.mask2former.train;

import java.util.Arrays;
import org.mask2former.ops.HostTensor;

/**
 * What a teacher finds in a picture: a {@link Target} in probabilities.
 *
 * @param classes for each segment the probability of each class and, last, of "no object", float32 {@code [n, C + 1]}
 * @param maskLogits inside a segment where positive, float32 {@code [n, h, w]}, over the whole of the network's input
 */
record SoftTarget(HostTensor classes, HostTensor maskLogits) {
    SoftTarget {
        int[] c = classes.shape();
        int[] m = maskLogits.shape();
        if (c.length != 2 || m.length != 3 || c[0] != m[0]) {
            throw new IllegalArgumentException(
                    "classes [n, C + 1] and masks [n, h, w] of as many segments are expected, not " + Arrays.toString(c)
                            + " and " + Arrays.toString(m));
        }
    }

    /** Segments. */
    int count() {
        return classes.shape()[0];
    }
}
