package org.mask2former.torch;

import java.util.function.BinaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Work on rows that do not depend on each other, a band of them at a time, so that what is made in between is small: it stays in
 * the processor's cache, and never is memory fresh from the system.
 */
final class Bands {
    /** Of a feed-forward network four times as wide as 96 to 256 channels, 1.5 to 4 MB. */
    static final long ROWS = 1024;

    private Bands() {}

    /**
     * A band's result after the other, a new tensor.
     *
     * @param x {@code […, C]}
     * @param residual {@code […, D]}, of the result's shape and type
     * @param work makes of some rows of both, {@code [n, C]} and {@code [n, D]}, a new tensor {@code [n, D]}
     */
    static Tensor of(Tensor x, Tensor residual, BinaryOperator<Tensor> work) {
        long rows = residual.numel() / residual.size(-1);
        if (rows < 2 * ROWS) {
            return work.apply(x, residual);
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor from = x.reshape(rows, x.size(-1));
            Tensor onto = residual.reshape(rows, residual.size(-1));
            Tensor result = torch.empty_like(onto);
            for (long first = 0; first < rows; first += ROWS) {
                try (PointerScope band = new PointerScope()) {
                    long count = Math.min(ROWS, rows - first);
                    Tensor part = work.apply(from.narrow(0, first, count), onto.narrow(0, first, count));
                    result.narrow(0, first, count).copy_(Tensors.adopt(part));
                }
            }
            return Tensors.detach(result.view_as(residual));
        }
    }
}
