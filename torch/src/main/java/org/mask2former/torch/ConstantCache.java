package org.mask2former.torch;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Tensors that depend on the weights and the input's size alone, kept from one forward pass to the next, up to a bound: the
 * longest unused go first, and only between passes. Used by one thread at a time.
 */
final class ConstantCache implements AutoCloseable {
    /** Enough for a dozen input sizes of common use. */
    static final long DEFAULT_LIMIT_BYTES = 256L << 20;

    private final LinkedHashMap<String, Tensor> tensors = new LinkedHashMap<>(64, 0.75f, true);
    private final long limit;
    private long bytes;

    ConstantCache(long limit) {
        this.limit = limit;
    }

    /** The tensor of this key, made if need be; it belongs to the cache. */
    Tensor get(String key, Supplier<Tensor> make) {
        Optional<Tensor> known = Optional.ofNullable(tensors.get(key));
        if (known.isPresent()) {
            return known.get();
        }
        Tensor made = make.get();
        tensors.put(key, made);
        bytes += made.nbytes();
        return made;
    }

    /** Lets go of what was longest unused until the bound holds. Not while a pass is running. */
    void trim() {
        Iterator<Map.Entry<String, Tensor>> eldest = tensors.entrySet().iterator();
        while (bytes > limit && eldest.hasNext()) {
            Tensor tensor = eldest.next().getValue();
            bytes -= tensor.nbytes();
            tensor.close();
            eldest.remove();
        }
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensor::close);
        tensors.clear();
        bytes = 0;
    }
}
