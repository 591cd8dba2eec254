package org.mask2former.ops;

import java.util.Arrays;

/**
 * A weight the network needs: its name in the hub's dialect (the names Transformers saves) and its shape.
 *
 */
public record Parameter(String name, int... shape) {
    public Parameter {
        shape = shape.clone();
    }

    @Override
    public int[] shape() {
        return shape.clone();
    }

    public long elements() {
        return HostTensor.elements(shape);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Parameter p && p.name.equals(name) && Arrays.equals(p.shape, shape);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name + Arrays.toString(shape);
    }
}
