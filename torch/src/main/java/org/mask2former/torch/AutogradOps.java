package org.mask2former.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.model.Precision;
import org.mask2former.ops.Activation;
import org.mask2former.ops.Conv2d;
import org.mask2former.ops.Levels;
import org.mask2former.ops.Linear;
import org.mask2former.ops.Norm;
import org.mask2former.ops.Parameter;

/**
 * Runs the network on libtorch so that gradients reach its weights, where these are. One instance serves one forward pass on one
 * platform thread, inside a {@link PointerScope}; close it after {@link #backward}. What the backward pass needs stays alive
 * inside libtorch when the scopes here free their own tensors.
 */
public final class AutogradOps extends TensorOps {
    /** How much of a batch goes into the running statistics of a batch norm. */
    private static final double MOMENTUM = 0.1;

    /** So many at least have draws of their own. */
    private static final long BRANCHES = 1 << 16;

    private final TrainableWeights weights;
    private final AutogradOptions options;
    private final Optional<Consumer<Tensor>> sum;
    /** What linear layers and convolutions compute in. */
    private final torch.ScalarType products;

    private Tape tape = new Tape();
    /** What a segment that is computed anew may look at; freed at the end. */
    private final List<Tensor> kept = new ArrayList<>();

    private boolean inSegment;
    private boolean again;
    private long branches;

    /** The reference's numbers, see {@link AutogradOptions#DEFAULT}. */
    public AutogradOps(TrainableWeights weights) {
        this(weights, AutogradOptions.DEFAULT);
    }

    /** For a batch that one process has alone. */
    public AutogradOps(TrainableWeights weights, AutogradOptions options) {
        this(weights, options, Optional.empty());
    }

    /**
     * @param weights must stay open while this is used; its gradients grow with every backward pass
     * @param sum adds a dense float32 tensor up, in place, over all processes that share the batch out, so that batch norms
     *     have the statistics of the whole
     */
    public AutogradOps(TrainableWeights weights, AutogradOptions options, Optional<Consumer<Tensor>> sum) {
        super(weights.device(), torch.ScalarType.Float, weights.constants());
        this.weights = weights;
        this.options = options;
        this.sum = sum;
        this.products = device.precision(Optional.of(options.precision()), false) == Precision.BF16
                ? torch.ScalarType.BFloat16
                : torch.ScalarType.Float;
    }

    @Override
    Tensor keep(Tensor tensor) {
        return super.keep(tape.cut(tensor));
    }

    @Override
    void free(Tensor tensor) {
        if (options.checkpointing() && !inSegment) {
            kept.add(tensor);
        } else {
            super.free(tensor);
        }
    }

    /** With checkpointing, a link of a chain is a segment: what it did is forgotten, and done anew on the way back. */
    @Override
    public Tensor step(String name, Tensor x, UnaryOperator<Tensor> part) {
        if (!options.checkpointing() || inSegment) {
            return super.step(name, x, part);
        }
        long first = branches;
        try (Tensor input = Tape.another(x);
                Tape forgotten = new Tape()) {
            Tensor value = inSegment(forgotten, () -> super.step(name, x, part));
            return value.requires_grad()
                    ? tape.record(
                            value,
                            List.of(input),
                            (gradient, saved) -> anew(first, gradient, () -> part.apply(saved.get(0))))
                    : value;
        }
    }

    /** Runs a segment once more, and its way back. */
    private void anew(long firstBranch, Tensor gradient, Supplier<Tensor> part) {
        branches = firstBranch;
        again = true;
        try (Tape own = new Tape();
                AutoGradMode graphs = new AutoGradMode(true)) {
            inSegment(
                    own,
                    () -> scopes.run(
                            () -> {
                                Tape.give(part.get(), gradient);
                                own.backward();
                                return own;
                            },
                            nothing -> List.of()));
        } finally {
            again = false;
        }
    }

    private <R> R inSegment(Tape own, Supplier<R> part) {
        Tape around = tape;
        tape = own;
        inSegment = true;
        try {
            return part.get();
        } finally {
            tape = around;
            inSegment = false;
        }
    }

    /**
     * Keeps the result of an operation whose way back is written by hand.
     *
     * @param value made without a graph, of no scope
     * @param learns whether there is a way back: an argument or a weight has a gradient
     * @param saved what it needs, arguments included
     */
    private Tensor record(Tensor value, boolean learns, List<Tensor> saved, Tape.Backward backward) {
        return super.keep(learns ? tape.record(value, saved, backward) : value);
    }

    @Override
    Tensor weight(Parameter parameter) {
        return weights.tensor(parameter.name());
    }

    /** Anew in every step, because the weights change. */
    @Override
    public Tensor folded(String key, Supplier<Tensor> value) {
        return scope(key, value);
    }

    @Override
    public Tensor matmulTransposed(Tensor a, Tensor b) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard byHand = new NoGradGuard()) {
            Tensor left = inProductType(a);
            Tensor right = inProductType(b);
            return record(
                    Tensors.detach(PairwiseProducts.forward(left, right)),
                    a.requires_grad() || b.requires_grad(),
                    List.of(a, b, left, right),
                    (gradient, saved) -> {
                        PairwiseProducts.Gradients gradients =
                                PairwiseProducts.backward(saved.get(2), saved.get(3), gradient);
                        Tape.give(saved.get(0), gradients.a());
                        Tape.give(saved.get(1), gradients.b());
                    });
        }
    }

    @Override
    public Tensor linear(Tensor x, Linear layer, Activation activation) {
        TrainedLinear trained = new TrainedLinear(layer, this::weight, products);
        try (PointerScope scope = new PointerScope();
                NoGradGuard byHand = new NoGradGuard()) {
            Tensor rows = trained.rows(x);
            boolean gelu = activation == Activation.GELU; // whose way back needs what went in
            Tensor y = trained.forward(rows, gelu ? Activation.NONE : activation);
            Tensor result = gelu ? torch.gelu(y) : y;
            return record(
                    Tensors.detach(result.view(withWidth(x, layer.out()))),
                    x.requires_grad() || trained.learns(),
                    activation == Activation.NONE ? List.of(x, rows) : List.of(x, rows, y),
                    (gradient, saved) -> {
                        Tensor matrix = gradient.reshape(-1, layer.out());
                        Tensor ofProduct = activation == Activation.NONE
                                ? matrix
                                : TrainedLinear.activationBackward(matrix, activation, saved.get(2));
                        give(
                                saved.get(0),
                                trained.backward(
                                        ofProduct, saved.get(1), saved.get(0).requires_grad()));
                    });
        }
    }

    private static void give(Tensor x, Optional<Tensor> matrix) {
        matrix.ifPresent(gradient -> Tape.give(x, gradient.view(x.shape())));
    }

    private static long[] withWidth(Tensor x, int width) {
        long[] shape = x.shape();
        shape[shape.length - 1] = width;
        return shape;
    }

    @Override
    public Tensor linearAdd(Tensor residual, Tensor x, Linear layer) {
        return linearAdd(residual, x, layer, 0);
    }

    @Override
    public Tensor linearAdd(Tensor residual, Tensor x, Linear layer, double dropRate) {
        TrainedLinear trained = new TrainedLinear(layer, this::weight, products);
        try (PointerScope scope = new PointerScope();
                NoGradGuard byHand = new NoGradGuard()) {
            Tensor rows = trained.rows(x);
            Tensor branch = trained.forward(rows, Activation.NONE).view(residual.shape());
            boolean drops = options.dropPath() && dropRate > 0;
            List<Tensor> factors = drops ? List.of(shares(residual, dropRate)) : List.of();
            return record(
                    Tensors.detach(drops ? residual.addcmul(branch, factors.get(0)) : residual.add(branch)),
                    residual.requires_grad() || x.requires_grad() || trained.learns(),
                    Stream.concat(Stream.of(residual, x, rows), factors.stream())
                            .toList(),
                    (gradient, saved) -> {
                        Tensor ofBranch = drops ? gradient.mul(saved.get(3)) : gradient;
                        give(
                                saved.get(1),
                                trained.backward(
                                        ofBranch.reshape(-1, layer.out()),
                                        saved.get(2),
                                        saved.get(1).requires_grad()));
                        Tape.give(saved.get(0), gradient);
                    });
        }
    }

    /** For each sample 0, or what makes up for the zeros of others; broadcast to a tensor of samples. */
    private Tensor shares(Tensor samples, double dropRate) {
        long branch = branches++;
        float[] factors = new float[Math.toIntExact(samples.size(0))];
        for (int i = 0; i < factors.length; i++) {
            SplittableRandom random = new SplittableRandom((options.seed() + i) * BRANCHES + branch);
            factors[i] = random.nextDouble() < dropRate ? 0 : (float) (1 / (1 - dropRate));
        }
        long[] shape = new long[Math.toIntExact(samples.dim())];
        Arrays.fill(shape, 1);
        shape[0] = factors.length;
        return Tensors.adopt(device.copyOf(factors, shape));
    }

    private Tensor inProductType(Tensor x) {
        return x.to(products);
    }

    @Override
    public Tensor conv2d(Tensor map, Conv2d layer, Activation activation) {
        try (PointerScope scope = new PointerScope()) {
            TensorOptional bias = layer.bias()
                    .map(b -> new TensorOptional(inProductType(weight(b))))
                    .orElse(NO_TENSOR);
            Tensor y = convolve(inProductType(map), layer, inProductType(weight(layer.weight())), bias);
            if (layer.batchNorm().isPresent()) {
                y = normalised(y, layer.batchNorm().get());
            }
            return keep(Tensors.detach(channelsLast(Activations.apply(y, activation))));
        }
    }

    /**
     * By the batch's statistics, which then count in the running ones, or by the running ones, which stay as they are, as they
     * do where the norm itself does not learn.
     */
    private Tensor normalised(Tensor y, Conv2d.BatchNorm norm) {
        boolean learns = options.trainBatchNorm() && weight(norm.weight()).requires_grad();
        if (learns && sum.isPresent()) {
            return sharedNorm(keep(Tensors.detach(y)), norm, sum.get());
        }
        return torch.batch_norm(
                y,
                optional(norm.weight()),
                optional(norm.bias()),
                optional(norm.runningMean()),
                optional(norm.runningVariance()),
                learns,
                again ? 0 : MOMENTUM, // a batch counts once
                Conv2d.BatchNorm.EPS,
                false);
    }

    private Tensor sharedNorm(Tensor x, Conv2d.BatchNorm norm, Consumer<Tensor> all) {
        SharedBatchNorm shared = new SharedBatchNorm(weight(norm.weight()), weight(norm.bias()), all);
        try (PointerScope scope = new PointerScope();
                NoGradGuard byHand = new NoGradGuard()) {
            Tensor floats = x.to(torch.ScalarType.Float);
            SharedBatchNorm.Forward forward = shared.forward(floats);
            if (!again) {
                weight(norm.runningMean()).lerp_(forward.mean(), new Scalar(MOMENTUM));
                weight(norm.runningVariance()).lerp_(forward.variance(), new Scalar(MOMENTUM));
            }
            return record(
                    Tensors.detach(forward.y()),
                    x.requires_grad() || shared.learns(),
                    List.of(x, floats, forward.count(), forward.mean(), forward.scale()),
                    (gradient, saved) -> Tape.give(
                            saved.get(0),
                            shared.backward(gradient, saved.get(1), saved.get(2), saved.get(3), saved.get(4))));
        }
    }

    private TensorOptional optional(Parameter parameter) {
        return new TensorOptional(weight(parameter));
    }

    /**
     * In the layout [B, C, H, W], where libtorch sums more precisely: with the rounding errors of the other one, a point may
     * become the least certain of a mask that by exact numbers is not.
     */
    @Override
    public Tensor groupNorm(Tensor map, Norm norm, int groups) {
        try (PointerScope scope = new PointerScope()) {
            return keep(
                    Tensors.detach(channelsLast(groupNormed(channelsFirst(map).contiguous(), norm, groups))));
        }
    }

    @Override
    public Tensor windowAttention(Tensor qkv, Tensor bias, int[] kinds, int heads) {
        TrainedWindowAttention attention = new TrainedWindowAttention(kinds, heads, weights.helpers());
        try (PointerScope scope = new PointerScope();
                NoGradGuard byHand = new NoGradGuard()) {
            TrainedWindowAttention.Forward forward = attention.forward(qkv, bias);
            List<Tensor> saved = new ArrayList<>(List.of(qkv, bias));
            saved.addAll(forward.shares());
            return record(forward.y(), qkv.requires_grad() || bias.requires_grad(), saved, (gradient, kept) -> {
                TrainedWindowAttention.Gradients gradients =
                        attention.backward(kept.get(0), kept.get(1), kept.subList(2, kept.size()), gradient);
                Tape.give(kept.get(0), gradients.qkv());
                gradients.bias().ifPresent(ofBias -> Tape.give(kept.get(1), ofBias));
            });
        }
    }

    @Override
    public Tensor deformableAttention(Tensor value, Tensor sampling, Levels levels, int heads, int points) {
        if (!device.isCpu()) {
            return keep(new SampledAttention(levels, heads, points).forward(value, sampling, this));
        }
        Helpers helpers = weights.helpers();
        try (PointerScope scope = new PointerScope();
                NoGradGuard byHand = new NoGradGuard()) {
            return record(
                    DeformableAttention.forward(floats(value), sampling, levels, heads, points, helpers),
                    value.requires_grad() || sampling.requires_grad(),
                    List.of(value, sampling),
                    (gradient, saved) -> {
                        DeformableAttention.Gradients gradients = DeformableAttention.backward(
                                saved.get(0), saved.get(1), gradient, levels, heads, points, helpers);
                        Tape.give(saved.get(0), gradients.value());
                        Tape.give(saved.get(1), gradients.sampling());
                    });
        }
    }

    /**
     * The backward pass: adds the gradient of a loss to the gradients of all weights.
     *
     * @param loss a scalar made of what this gave, by libtorch's differentiable operations
     */
    public void backward(Tensor loss) {
        loss.backward();
        tape.backward();
    }

    @Override
    public void close() {
        boolean forgotten = tape.isWaiting();
        tape.close();
        super.close();
        kept.forEach(Tensor::close);
        kept.clear();
        constants.trim();
        if (forgotten) {
            throw new IllegalStateException("a loss went back to the predictions but no further;"
                    + " start from AutogradOps.backward(loss), not from the loss itself");
        }
    }
}
