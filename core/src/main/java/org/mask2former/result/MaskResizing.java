package org.mask2former.result;

import org.jspecify.annotations.Nullable;
import org.mask2former.image.Geometry;

/**
 * How mask logits at a quarter of the input's size become probabilities at the picture's size: resized by {@code toLogitsY}
 * and {@code toLogitsX}, then the logistic function, then, where {@code toPictureY} and {@code toPictureX} are given,
 * resized again. Immutable.
 */
record MaskResizing(
        Resampling toLogitsY,
        Resampling toLogitsX,
        @Nullable Resampling toPictureY,
        @Nullable Resampling toPictureX) {
    /** Transformers resizes all masks to this size first, whatever the input's. */
    static final int HF_SIZE = 384;

    /** The original: logits to the padded input's size, padding off, to the picture's size; probabilities there. */
    static MaskResizing paper(int maskHeight, int maskWidth, Geometry g) {
        return new MaskResizing(
                Resampling.bilinear(maskHeight, g.inputHeight())
                        .then(Resampling.bilinear(g.validHeight(), g.imageHeight())),
                Resampling.bilinear(maskWidth, g.inputWidth())
                        .then(Resampling.bilinear(g.validWidth(), g.imageWidth())),
                null,
                null);
    }

    /** The original for purely semantic models: probabilities at the padded input's size, then to the picture's size. */
    static MaskResizing paperScores(int maskHeight, int maskWidth, Geometry g) {
        return new MaskResizing(
                Resampling.bilinear(maskHeight, g.inputHeight()),
                Resampling.bilinear(maskWidth, g.inputWidth()),
                Resampling.bilinear(g.validHeight(), g.imageHeight()),
                Resampling.bilinear(g.validWidth(), g.imageWidth()));
    }

    /**
     * Transformers: probabilities at 384 × 384, then to the picture's size. Unlike Transformers the padding of a batch is left
     * out, which makes no difference to a picture that fills its input.
     */
    static MaskResizing hf(int maskHeight, int maskWidth, Geometry g) {
        return new MaskResizing(
                Resampling.bilinear(maskHeight, HF_SIZE),
                Resampling.bilinear(maskWidth, HF_SIZE),
                Resampling.bilinear(HF_SIZE, (double) HF_SIZE * g.validHeight() / g.inputHeight(), g.imageHeight()),
                Resampling.bilinear(HF_SIZE, (double) HF_SIZE * g.validWidth() / g.inputWidth(), g.imageWidth()));
    }

    int height() {
        return toPictureY == null ? toLogitsY.outputs : toPictureY.outputs;
    }

    int width() {
        return toPictureX == null ? toLogitsX.outputs : toPictureX.outputs;
    }
}
