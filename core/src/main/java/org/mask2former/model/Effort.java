package org.mask2former.model;

import org.mask2former.Mask2FormerException;

/**
 * How much of the transformer decoder a pass runs, to trade quality for time without training anew. Every layer was trained
 * to predict, so that the prediction after any is valid; and of the queries most find nothing in a picture, which shows
 * early.
 *
 * @param decoderLayers layers of the transformer decoder to run, the first ones; 0 for all
 * @param queries how many to go on with after the first {@link #SELECTION_LAYERS} layers, the likeliest to be an object; 0
 *     for all
 */
public record Effort(int decoderLayers, int queries) {
    /** All layers and all queries, as published. */
    public static final Effort FULL = new Effort(0, 0);
    /** After so many layers (or the last, if fewer run) queries are chosen: each has then looked at every scale once. */
    public static final int SELECTION_LAYERS = ModelConfig.LEVELS;

    public Effort {
        if (decoderLayers < 0) {
            throw new Mask2FormerException("decoder layers must be 0 or more, but are " + decoderLayers);
        }
        if (queries < 0) {
            throw new Mask2FormerException("queries must be 0 or more, but are " + queries);
        }
    }

    public Effort withDecoderLayers(int value) {
        return new Effort(value, queries);
    }

    public Effort withQueries(int value) {
        return new Effort(decoderLayers, value);
    }

    /**
     * The same in the numbers of a model.
     *
     * @throws Mask2FormerException if the model has fewer layers or queries than asked for
     */
    public Effort of(ModelConfig config) {
        return new Effort(
                resolve(decoderLayers, config.decoderLayers(), "layers in its transformer decoder"),
                resolve(queries, config.numQueries(), "queries"));
    }

    private static int resolve(int asked, int all, String what) {
        if (asked > all) {
            throw new Mask2FormerException(
                    "the model has " + all + " " + what + ", but " + asked + " are asked for; ask for at most " + all);
        }
        return asked == 0 ? all : asked;
    }
}
