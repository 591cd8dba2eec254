package org.mask2former.torch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.mask2former.image.PixelValues;
import org.mask2former.model.Effort;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.TransformerDecoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forward passes on a GPU as recordings ({@link CudaGraph}), one for each size of input that comes more than once; the longest unused
 * goes first. Used on the engine's thread.
 */
final class RecordedPasses implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RecordedPasses.class);
    /** Each holds the memory of a pass. */
    private static final int MOST = 8;

    private static final int REMEMBERED = 64;

    private final Mask2FormerNetwork network;
    private final TorchWeights weights;
    private final Helpers helpers;
    private final Map<Key, Pass> passes = new LinkedHashMap<>(16, 0.75f, true);
    private final Set<Key> seen = new LinkedHashSet<>();
    private boolean works = true;

    private record Key(int batch, int height, int width, Effort effort) {}

    RecordedPasses(Mask2FormerNetwork network, TorchWeights weights, Helpers helpers) {
        this.network = network;
        this.weights = weights;
        this.helpers = helpers;
    }

    /**
     * A pass that can be played, recorded if need be.
     *
     * @return empty the first time that a size comes, and where recording does not work
     */
    Optional<Pass> find(PixelValues batch, Effort effort) {
        Key key = new Key(batch.batch(), batch.height(), batch.width(), effort);
        if (!works || !passes.containsKey(key) && isNew(key)) {
            return Optional.empty();
        }
        try {
            Pass pass = passes.computeIfAbsent(key, k -> new Pass(batch, effort));
            dropEldest();
            return Optional.of(pass);
        } catch (RuntimeException e) {
            works = false;
            LOG.warn("forward passes are not recorded, and slower: {}", Torch.firstLine(e));
            LOG.debug("recording failed", e);
            return Optional.empty();
        }
    }

    private boolean isNew(Key key) {
        boolean added = seen.add(key);
        if (seen.size() > REMEMBERED) {
            seen.remove(seen.iterator().next());
        }
        return added;
    }

    private void dropEldest() {
        while (passes.size() > MOST) {
            Key eldest = passes.keySet().iterator().next();
            passes.remove(eldest).close();
        }
    }

    /** A recorded pass for inputs of one size. */
    final class Pass implements AutoCloseable {
        private final ConstantCache constants = new ConstantCache(Long.MAX_VALUE);
        private final Tensor input;
        private final TorchOps ops;
        private final CudaGraph graph;
        private final TransformerDecoder.Output<Tensor> output;

        private Pass(PixelValues batch, Effort effort) {
            input = weights.device().copyOf(batch.values(), batch.batch(), 3, batch.height(), batch.width());
            try (PointerScope scope = new PointerScope();
                    TorchOps first = new TorchOps(weights, constants, helpers)) {
                network.forward(first, first.pixels(input), effort); // makes constants, and libraries ready
            }
            weights.device().synchronize();
            ops = new TorchOps(weights, constants, helpers);
            try (PointerScope scope = new PointerScope()) {
                CudaGraph.Recorded<TransformerDecoder.Output<Tensor>> recorded = CudaGraph.record(
                        weights.device().index(), () -> network.forward(ops, ops.pixels(input), effort));
                graph = recorded.graph();
                output = recorded.result();
            } catch (RuntimeException | Error e) {
                ops.close();
                input.close();
                constants.close();
                throw e;
            }
        }

        void fill(PixelValues batch) {
            try (PointerScope scope = new PointerScope()) {
                Tensor values =
                        Tensors.adopt(Tensors.copyOf(batch.values(), batch.batch(), 3, batch.height(), batch.width()));
                input.copy_(values, true);
            }
        }

        /** Of what it was filled with last; its tensors change with the next time. */
        TransformerDecoder.Output<Tensor> play() {
            graph.play();
            return output;
        }

        @Override
        public void close() {
            ops.close();
            graph.close();
            input.close();
            constants.close();
        }
    }

    @Override
    public void close() {
        List<Pass> all = new ArrayList<>(passes.values());
        passes.clear();
        Collections.reverse(all);
        all.forEach(Pass::close);
    }
}
