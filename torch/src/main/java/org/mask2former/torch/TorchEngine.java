package org.mask2former.torch;

import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.Weights;
import org.mask2former.image.PixelValues;
import org.mask2former.model.Effort;
import org.mask2former.model.Engine;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.Mask2FormerNetwork;
import org.mask2former.model.ModelConfig;
import org.mask2former.model.Precision;
import org.mask2former.model.Profile;
import org.mask2former.model.TransformerDecoder;
import org.mask2former.ops.ProfilingOps;
import org.mask2former.result.Prediction;

/**
 * The network on libtorch, for inference.
 *
 * <p>All work of libtorch happens on one platform thread of the engine's own, because libtorch keeps modes and its pool of
 * helpers by thread; callers on any number of threads, virtual ones too, wait in line. One forward pass uses all the threads
 * it was given, so more passes at once would gain nothing.
 */
final class TorchEngine implements Engine {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Mask2FormerNetwork network;
    private final Runtime runtime;
    private final Cleaner.Cleanable net;
    private final int threads;
    private final TorchDevice device;
    private final Precision precision;
    private final Effort effort;

    /** What must be freed, apart from the engine, so that the cleaner can free it for an engine that nobody closed. */
    private static final class Runtime implements Runnable {
        final ExecutorService worker = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "mask2former-torch-" + COUNT.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        // Both are made and used on the worker alone.
        final List<AutoCloseable> resources = new ArrayList<>();

        @Override
        public void run() {
            worker.execute(() -> {
                for (AutoCloseable resource : resources) {
                    try {
                        resource.close();
                    } catch (Exception e) {
                        throw new IllegalStateException("native memory could not be freed", e);
                    }
                }
                resources.clear();
            });
            worker.shutdown();
        }
    }

    private final TorchWeights weights;
    private final ConstantCache constants;
    private final Helpers helpers;

    TorchEngine(ModelConfig config, Weights source, EngineOptions options, TorchDevice device) {
        Torch.load();
        this.device = device;
        network = new Mask2FormerNetwork(config);
        precision = device.precision(options.precision(), source.isQuantized());
        effort = options.effort().of(config);
        threads = options.threads() > 0 ? options.threads() : physicalThreads();
        runtime = new Runtime();
        net = CLEANER.register(this, runtime);
        try {
            weights = onWorker(runtime, "loading the model", () -> {
                torch.set_num_threads(threads);
                TorchWeights copied = new TorchWeights(network.parameters(), source, device, precision);
                runtime.resources.add(copied);
                return copied;
            });
            constants = new ConstantCache(ConstantCache.DEFAULT_LIMIT_BYTES);
            runtime.resources.add(constants);
            helpers = new Helpers(threads);
            runtime.resources.add(helpers);
            onWorker(runtime, "preparing the model", () -> {
                packWeights();
                Pointer.trimMemory(); // the weights as they were read, which malloc would keep for tensors to come
                return true;
            });
        } catch (RuntimeException | Error e) {
            net.clean();
            throw e;
        }
    }

    /** What the machine gives this process; libtorch's own default is the same but for containers. */
    private static int physicalThreads() {
        return java.lang.Runtime.getRuntime().availableProcessors();
    }

    /** A pass over a picture of no size: linear layers pack their weights when they first run, and let go of the originals. */
    private void packWeights() {
        try (PointerScope scope = new PointerScope();
                InferenceMode inference = new InferenceMode(true);
                ConstantCache sizes = new ConstantCache(0);
                TorchOps ops = new TorchOps(weights, sizes, helpers)) {
            int side = ModelConfig.SIZE_DIVISOR;
            network.forward(ops, ops.pixels(new float[3 * side * side], 1, side, side));
        }
    }

    @Override
    public String description() {
        return "libtorch " + Torch.version() + " on " + device + ", "
                + precision.name().toLowerCase(Locale.ROOT) + ", " + threads + (threads == 1 ? " thread" : " threads")
                + effortDescription();
    }

    private String effortDescription() {
        ModelConfig config = network.config();
        String layers = effort.decoderLayers() == config.decoderLayers()
                ? ""
                : ", " + effort.decoderLayers() + " of " + config.decoderLayers() + " decoder layers";
        String queries = effort.queries() == config.numQueries()
                ? ""
                : ", " + effort.queries() + " of " + config.numQueries() + " queries";
        return layers + queries;
    }

    @Override
    public List<Prediction> predict(PixelValues batch) {
        return predict(batch, effort);
    }

    @Override
    public List<Prediction> predict(PixelValues batch, Effort asked) {
        return run(batch, (ops, pixels) -> List.of(network.forward(ops, pixels, asked)))
                .get(0);
    }

    @Override
    public List<List<Prediction>> predictAllLayers(PixelValues batch) {
        return run(batch, network::forwardAllLayers);
    }

    /** A way through the network. */
    private interface Pass {
        List<TransformerDecoder.Output<Tensor>> run(TorchOps ops, Tensor pixels);
    }

    private List<List<Prediction>> run(PixelValues batch, Pass pass) {
        return onWorker(runtime, "a forward pass", () -> {
            try (PointerScope scope = new PointerScope();
                    InferenceMode inference = new InferenceMode(true);
                    TorchOps ops = new TorchOps(weights, constants, helpers)) {
                Tensor pixels = ops.pixels(batch.values(), batch.batch(), batch.height(), batch.width());
                return pass.run(ops, pixels).stream()
                        .map(o -> predictions(o, batch))
                        .toList();
            } finally {
                constants.trim();
            }
        });
    }

    @Override
    public Profile profile(PixelValues batch) {
        return onWorker(runtime, "a forward pass", () -> {
            try (PointerScope scope = new PointerScope();
                    InferenceMode inference = new InferenceMode(true);
                    TorchOps ops = new TorchOps(weights, constants, helpers)) {
                ProfilingOps<Tensor> timed = new ProfilingOps<>(ops);
                long start = System.nanoTime();
                Tensor pixels = ops.pixels(batch.values(), batch.batch(), batch.height(), batch.width());
                network.forward(timed, pixels, effort);
                device.synchronize();
                double seconds = (System.nanoTime() - start) / 1e9;
                List<Profile.Row> rows = timed.times().entrySet().stream()
                        .map(e -> new Profile.Row(
                                e.getKey().part(),
                                e.getKey().operation(),
                                e.getValue().calls(),
                                e.getValue().nanos() / 1e9))
                        .toList();
                return new Profile(seconds, rows);
            } finally {
                constants.trim();
            }
        });
    }

    @Override
    public double forwardSeconds(PixelValues batch) {
        return onWorker(runtime, "a forward pass", () -> {
            try (PointerScope scope = new PointerScope();
                    InferenceMode inference = new InferenceMode(true);
                    TorchOps ops = new TorchOps(weights, constants, helpers)) {
                Tensor pixels = ops.pixels(batch.values(), batch.batch(), batch.height(), batch.width());
                device.synchronize();
                long start = System.nanoTime();
                network.forward(ops, pixels, effort);
                device.synchronize();
                return (System.nanoTime() - start) / 1e9;
            } finally {
                constants.trim();
            }
        });
    }

    @Override
    public double peakFlops() {
        return onWorker(runtime, "measuring matrix products", () -> MatmulPeak.measure(device, precision));
    }

    private List<Prediction> predictions(TransformerDecoder.Output<Tensor> output, PixelValues batch) {
        ModelConfig config = network.config();
        int queries = (int) output.maskLogits().size(1);
        int maskHeight = (int) output.maskLogits().size(2);
        int maskWidth = (int) output.maskLogits().size(3);
        float[] classes = Tensors.toFloats(output.classLogits());
        float[] masks = Tensors.toFloats(output.maskLogits());
        int perClass = classes.length / batch.batch();
        int perMask = masks.length / batch.batch();
        List<Prediction> predictions = new ArrayList<>();
        for (int b = 0; b < batch.batch(); b++) {
            predictions.add(new Prediction(
                    queries,
                    config.numClasses(),
                    part(classes, b, perClass),
                    maskHeight,
                    maskWidth,
                    part(masks, b, perMask),
                    batch.geometries().get(b)));
        }
        return predictions;
    }

    private static float[] part(float[] all, int index, int length) {
        return length == all.length ? all : Arrays.copyOfRange(all, index * length, (index + 1) * length);
    }

    private static <R> R onWorker(Runtime runtime, String what, Callable<R> body) {
        try {
            return runtime.worker.submit(() -> Torch.call(what, body)).get();
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("this model is closed; load it again to use it", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Mask2FormerException("interrupted while waiting for " + what, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new Mask2FormerException(what + " failed: " + e.getCause(), e.getCause());
        }
    }

    /** Waits for passes under way, then frees the native memory. */
    @Override
    public void close() {
        net.clean();
        boolean interrupted = false;
        while (true) {
            try {
                if (runtime.worker.awaitTermination(1, TimeUnit.HOURS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
