package org.mask2former.cli;

import java.util.Set;
import org.mask2former.Mask2Former;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.image.PixelValues;
import org.mask2former.result.ClassFilter;
import org.mask2former.result.PostProcessOptions;
import org.mask2former.result.Prediction;
import org.mask2former.result.Segmentation;

/**
 * A model and what is asked of it, as the command line says.
 *
 * @param kept the classes to keep; empty for all
 */
record Segmenter(Mask2Former model, Task task, PostProcessOptions options, Set<Integer> kept) {
    /** What the network says of a picture. */
    Prediction predict(Image image) {
        return model.predict(image);
    }

    /** What the network sees of a picture. */
    PixelValues prepare(Image image) {
        return model.preprocessor().prepare(image);
    }

    /** What the network says of a picture that is prepared. */
    Prediction predict(PixelValues prepared) {
        return model.predict(prepared).get(0);
    }

    /** What that means. */
    Segmentation segment(Image image, Prediction prediction) {
        Segmentation result = model.segment(task, image, prediction, options);
        return kept.isEmpty() ? result : ClassFilter.keep(result, kept);
    }
}
