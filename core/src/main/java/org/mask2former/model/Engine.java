package org.mask2former.model;

import java.util.List;
import org.mask2former.image.PixelValues;
import org.mask2former.result.Prediction;

/**
 * A model made ready to run. Safe for use by several threads. {@link #close()} frees its native memory and may be called
 * twice; any other use after it throws {@link IllegalStateException}.
 */
public interface Engine extends AutoCloseable {
    /** What runs, for people, such as {@code libtorch 2.10.0 on cpu, float32, 2 threads}. */
    String description();

    /** One prediction for each picture of the batch, with the effort of the options. */
    List<Prediction> predict(PixelValues batch);

    /**
     * One prediction for each picture of the batch.
     *
     * @throws org.mask2former.Mask2FormerException if the model has fewer layers or queries than the effort asks for
     */
    List<Prediction> predict(PixelValues batch, Effort effort);

    /**
     * The predictions after every layer of the transformer decoder: the first index is the layer (0 is the prediction
     * before the first layer), the second the picture. Of all layers and queries, whatever the effort of the options.
     */
    List<List<Prediction>> predictAllLayers(PixelValues batch);

    /** One forward pass, with the time of each operation; a little slower than {@link #predict} for the clock; with the effort of the options. */
    Profile profile(PixelValues batch);

    /**
     * How long a forward pass takes, in seconds: from pixels that are where the network runs to predictions that stay there; with
     * the effort of the options.
     */
    double forwardSeconds(PixelValues batch);

    /**
     * What matrix products reach on this machine in this engine's numbers and on its threads, in operations a second; measured
     * anew at each call, in about a second. A forward pass can at best run at this rate.
     */
    double peakFlops();

    @Override
    void close();
}
