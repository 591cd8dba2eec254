package org.mask2former.data;

/** A box in pixels, as COCO writes it: its top left corner, its width and its height. */
public record FloatBox(double x, double y, double width, double height) {
    public double area() {
        return width * height;
    }

    /** Intersection over union as pycocotools computes it ({@code maskApi.c: bbIou}); over this box alone if the other is a crowd. */
    double iou(FloatBox truth, boolean crowd) {
        double w = Math.min(width + x, truth.width + truth.x) - Math.max(x, truth.x);
        double h = Math.min(height + y, truth.height + truth.y) - Math.max(y, truth.y);
        if (w <= 0 || h <= 0) {
            return 0;
        }
        double common = w * h;
        return common / (crowd ? area() : area() + truth.area() - common);
    }
}
