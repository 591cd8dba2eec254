package org.mask2former.checkpoint;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/**
 * Named tensors read on demand. {@link #tensor} may map or decode the bytes anew at each call and keeps none of them, so
 * that loading a model needs the memory of one tensor at a time beside the engine's copy.
 *
 * <p>Implementations are safe for use by several threads. After {@link #close()} no tensor may be read; tensors read
 * before stay valid.
 */
public interface Weights extends AutoCloseable {
    /** The names, in the file's order. */
    Set<String> names();

    /**
     * The shape of a tensor, without reading it.
     *
     * @throws CheckpointException if there is none of this name
     */
    int[] shape(String name);

    /**
     * The element type of a tensor, without reading it.
     *
     * @throws CheckpointException if there is none of this name
     */
    DType dtype(String name);

    /**
     * A tensor.
     *
     * @throws CheckpointException if there is none of this name, or it cannot be read
     */
    HostTensor tensor(String name);

    /**
     * A weight as it is stored, if it is quantised; {@link #tensor} gives it as float32 all the same.
     *
     * @throws CheckpointException if it cannot be read
     */
    default Optional<QuantizedTensor> quantized(String name) {
        return Optional.empty();
    }

    /** Whether some of them are; nothing is read to tell. */
    default boolean isQuantized() {
        return false;
    }

    /** Where they come from, for messages: a file or folder. */
    String source();

    @Override
    void close();

    /** Tensors in memory, under a name for messages; closing them does nothing. */
    static Weights of(String source, Map<String, HostTensor> tensors) {
        return LazyWeights.of(source, tensors);
    }
}
