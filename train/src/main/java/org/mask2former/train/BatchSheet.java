package org.mask2former.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.mask2former.Mask2FormerException;
import org.mask2former.data.AnnotatedSegment;
import org.mask2former.data.Annotation;
import org.mask2former.data.TruthOverlay;
import org.mask2former.image.Image;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.ops.HostTensor;
import org.mask2former.result.CocoRle;
import org.mask2former.result.Labels;
import org.mask2former.result.Overlay;

/** Draws what the network is given: the pictures of a batch as they were changed, with their segments over them. Stateless. */
public final class BatchSheet {
    private static final int GAP = 8;
    /** Larger than elsewhere: windows are small, and what is under the names is to be seen. */
    private static final double MIN_LABEL_AREA = 0.01;

    private BatchSheet() {}

    /**
     * Draws a batch and writes it.
     *
     * @param batch at least one sample, all of one size
     * @param normalisation with which they were made
     * @param labels the data set's classes
     * @param file its name ends in {@code .png} or {@code .jpg}
     * @throws Mask2FormerException if it cannot be written
     */
    public static void write(List<TrainingSample> batch, PreprocessorConfig normalisation, Labels labels, Path file) {
        draw(batch, normalisation, labels).write(file);
    }

    /** The pictures in rows, about as many as columns, in their own size. */
    static Image draw(List<TrainingSample> batch, PreprocessorConfig normalisation, Labels labels) {
        Normalisation values = new Normalisation(normalisation);
        int columns = (int) Math.ceil(Math.sqrt(batch.size()));
        int rows = (batch.size() + columns - 1) / columns;
        int cellWidth = batch.get(0).width() + GAP;
        int cellHeight = batch.get(0).height() + GAP;
        int width = columns * cellWidth + GAP;
        int height = rows * cellHeight + GAP;
        byte[] sheet = new byte[3 * width * height];
        Arrays.fill(sheet, (byte) 255);
        for (int i = 0; i < batch.size(); i++) {
            Image tile = draw(batch.get(i), values, labels);
            int left = GAP + i % columns * cellWidth;
            int top = GAP + i / columns * cellHeight;
            for (int y = 0; y < tile.height(); y++) {
                System.arraycopy(
                        tile.rgb(), 3 * y * tile.width(), sheet, 3 * ((top + y) * width + left), 3 * tile.width());
            }
        }
        return Image.ofRgb(width, height, sheet);
    }

    private static Image draw(TrainingSample sample, Normalisation values, Labels labels) {
        List<AnnotatedSegment> segments = new ArrayList<>();
        int[] classes = sample.target().classes();
        for (int i = 0; i < classes.length; i++) {
            segments.add(AnnotatedSegment.of(i + 1L, classes[i], false, mask(sample.target(), i)));
        }
        Annotation annotation = new Annotation.Instances(sample.width(), sample.height(), segments);
        return TruthOverlay.draw(
                picture(sample, values), annotation, labels, Overlay.DEFAULT.withMinLabelArea(MIN_LABEL_AREA));
    }

    /** The pixels as they were before they were normalised. */
    static Image picture(TrainingSample sample, Normalisation values) {
        int plane = sample.width() * sample.height();
        byte[] rgb = new byte[3 * plane];
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < plane; i++) {
                rgb[3 * i + c] = (byte) values.toByte(c, sample.pixels()[c * plane + i]);
            }
        }
        return Image.ofRgb(sample.width(), sample.height(), rgb);
    }

    private static CocoRle mask(Target target, int index) {
        HostTensor masks = target.masks();
        byte[] mask = new byte[target.height() * target.width()];
        masks.data().get(index * mask.length, mask);
        return CocoRle.encode(target.height(), target.width(), mask);
    }
}
