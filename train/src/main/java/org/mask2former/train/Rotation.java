package org.mask2former.train;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/**
 * Turns a window about its middle: colours are interpolated, masks take the nearest pixel. What comes from outside of the window is
 * grey and no segment's. Immutable.
 */
final class Rotation {
    private final int height;
    private final int width;
    private final double cosine;
    private final double sine;

    /** @param degrees clockwise */
    Rotation(int height, int width, double degrees) {
        this.height = height;
        this.width = width;
        cosine = Math.cos(Math.toRadians(degrees));
        sine = Math.sin(Math.toRadians(degrees));
    }

    /**
     * @param minPixels segments of which fewer are left are left out
     * @param normalisation that the pixels have
     */
    TrainingSample apply(TrainingSample sample, int minPixels, Normalisation normalisation) {
        float[] pixels = new float[sample.pixels().length];
        int[] nearest = new int[height * width]; // the pixel of the window that is seen at this one; -1 for none
        float[] plane = new float[height * width];
        for (int c = 0; c < 3; c++) {
            System.arraycopy(sample.pixels(), c * plane.length, plane, 0, plane.length);
            float outside = normalisation.channel(c)[Augmentation.PADDING];
            for (int y = 0, to = 0; y < height; y++) {
                double down = y - (height - 1) / 2.0;
                for (int x = 0; x < width; x++, to++) {
                    double right = x - (width - 1) / 2.0;
                    double fromX = (width - 1) / 2.0 + cosine * right + sine * down;
                    double fromY = (height - 1) / 2.0 - sine * right + cosine * down;
                    pixels[c * plane.length + to] = interpolated(plane, outside, fromX, fromY);
                    int column = (int) Math.round(fromX);
                    int row = (int) Math.round(fromY);
                    nearest[to] = isInside(column, row) ? row * width + column : -1;
                }
            }
        }
        return new TrainingSample(sample.id(), pixels, turned(sample.target(), nearest, minPixels));
    }

    private boolean isInside(int x, int y) {
        return x >= 0 && y >= 0 && x < width && y < height;
    }

    private float interpolated(float[] plane, float outside, double x, double y) {
        int left = (int) Math.floor(x);
        int top = (int) Math.floor(y);
        float right = (float) (x - left);
        float above = row(plane, outside, left, top, right);
        return above + (row(plane, outside, left, top + 1, right) - above) * (float) (y - top);
    }

    private float row(float[] plane, float outside, int left, int y, float share) {
        float a = isInside(left, y) ? plane[y * width + left] : outside;
        float b = isInside(left + 1, y) ? plane[y * width + left + 1] : outside;
        return a + (b - a) * share;
    }

    private static Target turned(Target target, int[] nearest, int minPixels) {
        int plane = nearest.length;
        byte[] masks = new byte[target.count() * plane];
        byte[] before = new byte[plane];
        int[] classes = target.classes();
        int kept = 0;
        for (int i = 0; i < classes.length; i++) {
            target.masks().data().get(i * plane, before);
            int area = 0;
            for (int p = 0; p < plane; p++) {
                byte value = nearest[p] < 0 ? 0 : before[nearest[p]];
                masks[kept * plane + p] = value;
                area += value;
            }
            if (area >= minPixels) {
                classes[kept++] = classes[i];
            }
        }
        int[] shape = {kept, target.height(), target.width()};
        return new Target(
                Arrays.copyOf(classes, kept), HostTensor.of(DType.U8, shape, ByteBuffer.wrap(masks, 0, kept * plane)));
    }
}
