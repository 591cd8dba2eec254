package org.mask2former.train;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mask2former.model.ModelConfig;

/**
 * Where the weights of layers come from that are added to a trained transformer decoder: from its last layer that looks at the same
 * level of features. Such a layer does again what the one before did, and is soon better than nothing; layers
 * drawn at random would first destroy what the queries hold.
 */
final class DecoderLayers {
    private static final Pattern LAYER = Pattern.compile("(.*transformer_module\\.decoder\\.layers\\.)(\\d+)(\\..*)");

    private DecoderLayers() {}

    /**
     * The weight that another begins as: itself, if it is not of a layer that is added.
     *
     * @param name of a weight of the deeper model
     * @param layers that the trained decoder has
     */
    static String source(String name, int layers) {
        Matcher matcher = LAYER.matcher(name);
        if (!matcher.matches()) {
            return name;
        }
        int layer = Integer.parseInt(matcher.group(2));
        if (layer < layers) {
            return name;
        }
        int back = (layer - layers) % ModelConfig.LEVELS;
        int same = layers - ModelConfig.LEVELS + back; // of the last round
        return matcher.group(1) + (same < 0 ? layers - 1 : same) + matcher.group(3);
    }
}
