package org.mask2former.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.ModelConfig;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;

/**
 * Weights for a model that starts from nothing, drawn as the reference draws them ({@code mask2former/modeling}, {@code
 * swin.py}, Detectron2's ResNet). Every weight has a random stream of its own, named after it, so that a change of one layer
 * leaves all others as they were. Stateless.
 */
final class Initialisation {
    private static final String ENCODER = "model.pixel_level_module.encoder.";
    private static final String DECODER = "model.pixel_level_module.decoder.";

    private Initialisation() {}

    /** All of the parameters. */
    static Weights random(ModelConfig model, List<Parameter> parameters, long seed) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (Parameter p : parameters) {
            tensors.put(p.name(), random(model, p, seed));
        }
        return Weights.of("random weights", tensors);
    }

    /** One of them. */
    static HostTensor random(ModelConfig model, Parameter p, long seed) {
        SplittableRandom random =
                new SplittableRandom(seed * 0x9e3779b97f4a7c15L + p.name().hashCode());
        return HostTensor.of(values(model, p, random), p.shape());
    }

    private static float[] values(ModelConfig model, Parameter p, SplittableRandom random) {
        String name = p.name();
        int count = (int) p.elements();
        boolean matrix = p.shape().length > 1;
        if (name.endsWith("running_var") || !matrix && name.endsWith(".weight")) { // the scale of a norm
            return filled(count, isLastOfBottleneck(name) ? 0 : 1);
        }
        if (name.endsWith("sampling_offsets.bias")) {
            return directions(model.numAttentionHeads());
        }
        if (name.contains("sampling_offsets.") || name.contains("attention_weights.")) {
            return filled(count, 0);
        }
        if (name.contains("queries_") || name.contains("level_embed")) {
            return drawn(count, random::nextGaussian);
        }
        if (name.startsWith("class_predictor.") || name.contains("mask_embedder.")) {
            // As torch's Linear: for the bias, too, as many inputs as the weight has.
            int in = matrix ? p.shape()[1] : model.hiddenDim();
            double bound = 1 / Math.sqrt(in);
            return drawn(count, () -> random.nextDouble(-bound, bound));
        }
        if (!matrix) { // biases, running means
            return filled(count, 0);
        }
        if (name.startsWith(ENCODER)) {
            return backbone(p, random);
        }
        if (name.startsWith(DECODER + "adapter_1.")
                || name.startsWith(DECODER + "layer_1.")
                || name.contains("mask_projection.")) {
            double bound = Math.sqrt(3.0 / fanIn(p)); // c2_xavier_fill
            return drawn(count, () -> random.nextDouble(-bound, bound));
        }
        double bound = Math.sqrt(6.0 / (fanIn(p) + fanOut(p))); // xavier_uniform
        return drawn(count, () -> random.nextDouble(-bound, bound));
    }

    /** A residual block that starts as the identity trains better from nothing (Goyal et al. 2017, section 5.1). */
    private static boolean isLastOfBottleneck(String name) {
        return name.endsWith("layer.2.normalization.weight");
    }

    private static float[] backbone(Parameter p, SplittableRandom random) {
        int count = (int) p.elements();
        if (p.name().contains("convolution.")) { // ResNet: kaiming_normal, fan_out, relu
            double deviation = Math.sqrt(2.0 / fanOut(p));
            return drawn(count, () -> deviation * random.nextGaussian());
        }
        if (p.name().contains("patch_embeddings.")) { // torch's Conv2d
            double bound = 1 / Math.sqrt(fanIn(p));
            return drawn(count, () -> random.nextDouble(-bound, bound));
        }
        return drawn(count, () -> 0.02 * random.nextGaussian()); // Swin: trunc_normal, cut a hundred deviations away
    }

    /** Heads look into directions around the circle, their points one step further out each ({@code MSDeformAttn}). */
    private static float[] directions(int heads) {
        float[] bias = new float[heads * ModelConfig.LEVELS * ModelConfig.POINTS * 2];
        int i = 0;
        for (int h = 0; h < heads; h++) {
            double angle = 2 * Math.PI * h / heads;
            double x = Math.cos(angle);
            double y = Math.sin(angle);
            double largest = Math.max(Math.abs(x), Math.abs(y));
            for (int l = 0; l < ModelConfig.LEVELS; l++) {
                for (int k = 1; k <= ModelConfig.POINTS; k++) {
                    bias[i++] = (float) (x / largest * k);
                    bias[i++] = (float) (y / largest * k);
                }
            }
        }
        return bias;
    }

    private static double fanIn(Parameter p) {
        return (double) p.elements() / p.shape()[0];
    }

    private static double fanOut(Parameter p) {
        return (double) p.elements() / p.shape()[1];
    }

    private static float[] filled(int count, float value) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return values;
    }

    private static float[] drawn(int count, DoubleSupplier random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.getAsDouble();
        }
        return values;
    }
}
