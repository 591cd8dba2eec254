package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/**
 * A tensor whose type and shape are known and whose bytes are not read yet.
 *
 * @param bytes yields the elements: little-endian, row-major, from position to limit; called anew for every reading
 */
record LazyTensor(DType dtype, int[] shape, Supplier<ByteBuffer> bytes) {
    HostTensor read() {
        return HostTensor.of(dtype, shape, bytes.get());
    }
}
