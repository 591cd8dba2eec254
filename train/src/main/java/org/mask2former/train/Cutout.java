package org.mask2former.train;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.Image;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/** Cuts a {@link Placement} out of a picture and its masks. Stateless. */
final class Cutout {
    private Cutout() {}

    /** The network's input, {@code [3, height, width]}. */
    static float[] pixels(
            Image picture,
            Placement place,
            Augmentation settings,
            PreprocessorConfig normalisation,
            RandomGenerator random) {
        byte[] patch = CropResize.patch(picture, place);
        settings.color().apply(patch, random);
        Normalisation table = new Normalisation(normalisation);
        int plane = settings.height() * settings.width();
        float[] pixels = new float[3 * plane];
        Symmetry.Steps steps = place.steps(settings.width());
        boolean padded = place.patchWidth() * place.patchHeight() < plane;
        for (int c = 0; c < 3; c++) {
            float[] values = table.channel(c);
            if (padded) {
                Arrays.fill(pixels, c * plane, (c + 1) * plane, values[Augmentation.PADDING]);
            }
            int from = c;
            for (int y = 0; y < place.patchHeight(); y++) {
                int to = c * plane + steps.start() + y * steps.stepY();
                for (int x = 0; x < place.patchWidth(); x++, from += 3, to += steps.stepX()) {
                    pixels[to] = values[patch[from] & 0xff];
                }
            }
        }
        return pixels;
    }

    /** What is still seen of the segments, in their order. */
    static Target target(AnnotatedPicture picture, Placement place, Augmentation settings) {
        MaskWindow window = new MaskWindow(place);
        List<AnnotatedPicture.Segment> seen = new ArrayList<>();
        for (AnnotatedPicture.Segment segment : picture.segments()) {
            if (window.area(segment.mask()) >= settings.minPixels()) {
                seen.add(segment);
            }
        }
        int plane = settings.height() * settings.width();
        if ((long) seen.size() * plane > Integer.MAX_VALUE - 8) {
            throw new Mask2FormerException("picture " + picture.id() + " has " + seen.size()
                    + " segments, too many to train on at " + settings.width() + "×" + settings.height()
                    + "; train on smaller windows");
        }
        byte[] masks = new byte[seen.size() * plane];
        for (int i = 0; i < seen.size(); i++) {
            window.draw(seen.get(i).mask(), masks, i * plane, settings.width());
        }
        int[] classes =
                seen.stream().mapToInt(AnnotatedPicture.Segment::labelId).toArray();
        int[] shape = {seen.size(), settings.height(), settings.width()};
        return new Target(classes, HostTensor.of(DType.U8, shape, ByteBuffer.wrap(masks)));
    }
}
