package org.mask2former.torch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Windows of one picture and one kind, one after the other, which have the same bias.
 *
 * @param from the first, counted over the whole batch
 * @param count at least 1
 * @param kind as for {@link org.mask2former.ops.Ops#windowAttention}
 */
record WindowRange(int from, int count, int kind) {
    /**
     * All windows of a batch, in order.
     *
     * @param kinds windows of each kind in a picture
     * @param windows in the batch
     */
    static List<WindowRange> all(int[] kinds, long windows) {
        List<WindowRange> ranges = new ArrayList<>();
        int from = 0;
        while (from < windows) {
            for (int kind = 0; kind < kinds.length; kind++) {
                ranges.add(new WindowRange(from, kinds[kind], kind));
                from += kinds[kind];
            }
        }
        return ranges;
    }

    /** In as many equal parts, or fewer if there are not so many windows. */
    List<WindowRange> split(int parts) {
        List<WindowRange> ranges = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            int begin = (int) ((long) count * i / parts);
            int end = (int) ((long) count * (i + 1) / parts);
            if (end > begin) {
                ranges.add(new WindowRange(from + begin, end - begin, kind));
            }
        }
        return ranges;
    }

    /** Their part of a tensor of all windows, a view. */
    Tensor of(Tensor windows) {
        return windows.narrow(0, from, count);
    }

    /** {@code [1, heads, M, M]} of {@code [K, heads, M, M]}, a view. */
    Tensor biasOf(Tensor bias) {
        return bias.narrow(0, kind, 1);
    }
}
