package org.mask2former.image;

import org.mask2former.Compat;
import org.mask2former.image.TestSize.Exact;
import org.mask2former.image.TestSize.ShortestEdge;

/** How large a picture becomes, by either rule book. Off by one pixel from each other now and then: both are exact. */
final class SizeRules {
    private SizeRules() {}

    /** In pixels. */
    record Extent(int height, int width) {
        Extent {
            height = Math.max(height, 1); // an extreme aspect ratio rounds to no pixel at all
            width = Math.max(width, 1);
        }

        Extent ceilTo(int divisor) {
            return divisor > 0 ? new Extent(ceil(height, divisor), ceil(width, divisor)) : this;
        }

        private static int ceil(int side, int divisor) {
            return (side + divisor - 1) / divisor * divisor;
        }
    }

    static Extent resized(TestSize size, Compat compat, int height, int width) {
        if (size instanceof Exact exact) {
            return new Extent(exact.height(), exact.width());
        }
        ShortestEdge edges = (ShortestEdge) size;
        return compat == Compat.HF
                ? transformers(edges.shortest(), edges.longest(), height, width)
                : detectron2(edges.shortest(), edges.longest(), height, width);
    }

    /** Detectron2's {@code ResizeShortestEdge.get_output_shape}: both sides are rounded at the end. */
    private static Extent detectron2(int shortest, int longest, int height, int width) {
        double scale = (double) shortest / Math.min(height, width);
        double newHeight = height < width ? shortest : scale * height;
        double newWidth = height < width ? scale * width : shortest;
        double larger = Math.max(newHeight, newWidth);
        if (larger > longest) {
            double shrink = longest / larger;
            newHeight *= shrink;
            newWidth *= shrink;
        }
        return new Extent((int) (newHeight + 0.5), (int) (newWidth + 0.5));
    }

    /**
     * Transformers' {@code get_size_with_aspect_ratio}: the shorter side is rounded half to even, the longer one is
     * truncated, from the size before that rounding.
     */
    private static Extent transformers(int shortest, int longest, int height, int width) {
        double smaller = Math.min(height, width);
        double larger = Math.max(height, width);
        int size = shortest;
        double raw = shortest;
        if (larger / smaller * shortest > longest) {
            raw = longest * smaller / larger;
            size = (int) Math.rint(raw);
        }
        if (Math.min(height, width) == size) {
            return new Extent(height, width);
        }
        return width < height
                ? new Extent((int) (raw * height / width), size)
                : new Extent(size, (int) (raw * width / height));
    }
}
