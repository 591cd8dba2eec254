package org.mask2former.video;

import java.util.ArrayList;
import java.util.List;
import org.mask2former.image.Geometry;
import org.mask2former.image.Image;
import org.mask2former.result.CocoRle;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segment;

/** A model for {@link Drawn}'s frames: what is red is a car, all else is road. */
final class Red {
    private Red() {}

    /** What no network has said. */
    static Prediction nothing(Image image) {
        Geometry geometry = new Geometry(
                image.height(), image.width(), image.height(), image.width(), image.height(), image.width());
        return new Prediction(1, 1, new float[2], 1, 1, new float[1], geometry);
    }

    /** The same after a while. */
    static Prediction nothingAfter(Image image, long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return nothing(image);
    }

    static PanopticSegmentation segment(Image image, Prediction prediction) {
        byte[] rgb = image.rgb();
        int[] ids = new int[image.width() * image.height()];
        for (int i = 0; i < ids.length; i++) {
            boolean red = (rgb[3 * i] & 0xff) > 140 && (rgb[3 * i + 1] & 0xff) < 90;
            ids[i] = red ? 1 : 2;
        }
        List<Segment> segments = new ArrayList<>();
        CocoRle.encodeAll(image.height(), image.width(), ids)
                .forEach((id, mask) -> segments.add(Segment.of(id, Scene.LABELS.get(id == 1 ? 0 : 2), 0.9, mask)));
        return new PanopticSegmentation(image, Scene.LABELS, ids, segments);
    }
}
