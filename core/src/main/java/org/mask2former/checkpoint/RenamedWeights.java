package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/** Another weights' tensors under other names, some of them cut from a larger tensor's rows; nothing is copied. */
final class RenamedWeights implements Weights {
    /** Part {@code part} of {@code parts} equal runs of rows of a tensor. */
    record Origin(String name, int part, int parts) {}

    private final Weights weights;
    private final Map<String, Origin> origins;

    RenamedWeights(Weights weights, Map<String, Origin> origins) {
        this.weights = weights;
        this.origins = origins;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(origins.keySet());
    }

    @Override
    public int[] shape(String name) {
        Origin origin = origin(name);
        int[] shape = weights.shape(origin.name());
        if (origin.parts() > 1) {
            if (shape.length == 0 || shape[0] % origin.parts() != 0) {
                throw new CheckpointException(source() + ": " + origin.name() + " has shape "
                        + Arrays.toString(shape) + ", but its rows must divide by " + origin.parts()
                        + ", as they hold query, key and value; is it a Mask2Former checkpoint?");
            }
            shape[0] /= origin.parts();
        }
        return shape;
    }

    @Override
    public DType dtype(String name) {
        return weights.dtype(origin(name).name());
    }

    @Override
    public HostTensor tensor(String name) {
        Origin origin = origin(name);
        int[] shape = shape(name);
        HostTensor tensor = weights.tensor(origin.name());
        if (origin.parts() == 1) {
            return tensor;
        }
        ByteBuffer data = tensor.data();
        int length = data.remaining() / origin.parts();
        return HostTensor.of(tensor.dtype(), shape, data.slice(origin.part() * length, length));
    }

    private Origin origin(String name) {
        @Nullable Origin origin = origins.get(name);
        if (origin == null) {
            throw new CheckpointException(source() + " has no tensor " + name);
        }
        return origin;
    }

    @Override
    public String source() {
        return weights.source();
    }

    @Override
    public void close() {
        weights.close();
    }
}
