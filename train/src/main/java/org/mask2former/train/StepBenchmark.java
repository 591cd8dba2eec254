package org.mask2former.train;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.ops.CostOps;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;
import org.mask2former.torch.AutogradOps;
import org.mask2former.torch.AutogradOptions;
import org.mask2former.torch.Torch;
import org.mask2former.torch.TorchDevice;
import org.mask2former.torch.TrainableWeights;

/**
 * Training steps to be timed: forward, losses, backward and optimiser, on noise in which segments were made up. How long a step
 * takes does not depend on what is in the pictures. Used by one platform thread.
 */
public final class StepBenchmark implements AutoCloseable {
    /** In each picture. */
    public static final int SEGMENTS = 10;

    private final Mask2FormerNetwork network;
    private final TrainableWeights weights;
    private final AdamW optimizer;
    private final Losses losses;
    private final AutogradOptions options;
    private final List<Target> targets = new ArrayList<>();
    private final float[] pixels;
    private final int height;
    private final int width;
    private long steps;

    /**
     * @param source copied; may be closed afterwards
     * @param batch pictures in a step
     * @param height of the pictures
     * @param width of the pictures
     * @param engine the device, and threads of libtorch on the calling thread: 0 for as many as there are processors
     */
    public StepBenchmark(
            ModelConfig config,
            Weights source,
            int batch,
            int height,
            int width,
            EngineOptions engine,
            AutogradOptions options) {
        this.height = height;
        this.width = width;
        this.options = options;
        network = new Mask2FormerNetwork(config);
        losses = new Losses(config);
        Random random = new Random(1);
        for (int b = 0; b < batch; b++) {
            targets.add(target(random, config.numClasses()));
        }
        pixels = new float[Math.multiplyExact(3 * batch, Math.multiplyExact(height, width))];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        weights = new TrainableWeights(network.parameters(), source, TorchDevice.of(engine.device()));
        torch.set_num_threads(engine.threads() == 0 ? Runtime.getRuntime().availableProcessors() : engine.threads());
        Set<String> learned = weights.names().stream()
                .filter(name -> weights.tensor(name).requires_grad())
                .collect(Collectors.toSet());
        optimizer = new AdamW(weights, ParameterGroups.of(learned, OptimizerConfig.DEFAULT, List.of()));
    }

    /** Rectangles of up to a quarter of the picture's sides. */
    private Target target(Random random, int classes) {
        byte[] masks = new byte[SEGMENTS * height * width];
        int[] chosen = new int[SEGMENTS];
        for (int s = 0; s < SEGMENTS; s++) {
            chosen[s] = random.nextInt(classes);
            int tall = 1 + random.nextInt(Math.max(1, height / 4));
            int wide = 1 + random.nextInt(Math.max(1, width / 4));
            int top = random.nextInt(height - tall + 1);
            int left = random.nextInt(width - wide + 1);
            for (int y = top; y < top + tall; y++) {
                for (int x = left; x < left + wide; x++) {
                    masks[(s * height + y) * width + x] = 1;
                }
            }
        }
        int[] shape = {SEGMENTS, height, width};
        return new Target(chosen, HostTensor.of(DType.U8, shape, ByteBuffer.wrap(masks)));
    }

    /** Takes a step; gives its loss. */
    public double step() {
        weights.clearGradients();
        double loss;
        try (PointerScope scope = new PointerScope();
                AutogradOps ops = new AutogradOps(weights, options.withSeed(steps))) {
            Tensor input = ops.pixels(pixels, targets.size(), height, width);
            try (Losses.Result result = losses.compute(network.forwardAllLayers(ops, input), targets, points())) {
                ops.backward(result.total());
                loss = result.total().item_double();
            }
        }
        optimizer.step(++steps, 1);
        return loss;
    }

    private RandomPoints points() {
        return weights.device().isCpu() ? RandomPoints.seeded(steps) : RandomPoints.onDevice(steps);
    }

    /** Floating-point operations of a step: of the forward pass, and twice as many of the backward pass. */
    public double flops() {
        CostOps cost = new CostOps();
        network.forwardAllLayers(cost, cost.input(targets.size(), height, width, 3));
        return 3.0 * cost.totalFlops();
    }

    /** Operations a second that matrix products reach here, on as many threads and in the step's precision. */
    public double peakFlops() {
        return Torch.peakFlops(weights.device(), options.precision());
    }

    @Override
    public void close() {
        optimizer.close();
        weights.close();
    }
}
