package org.mask2former.torch;

import java.util.function.Supplier;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.cuda.CUDAAllocator;
import org.bytedeco.pytorch.cuda.DeviceAssertionsDataVectorCUDAKernelLaunchInfoVectorPair;
import org.bytedeco.pytorch.cuda.MemPool;
import org.bytedeco.pytorch.cuda.StreamFilter;
import org.bytedeco.pytorch.global.torch_cuda;
import org.mask2former.Mask2FormerException;

/**
 * What a GPU was told to do, recorded once and played back as a whole: a pass over a picture is a thousand small kernels, and telling
 * them one by one takes longer than running them. The tensors of a recording stay where they are, in memory of their own, until it is
 * closed. libtorch's own class for this has no binding; this does what that does. Used on the thread that recorded it.
 */
final class CudaGraph implements AutoCloseable {
    private static final ThreadLocal<Boolean> RECORDING = ThreadLocal.withInitial(() -> false);
    private static final StreamFilter FILTER = Tensors.forever(new OnThisThread());

    private final byte device;
    private final DeviceAssertionsDataVectorCUDAKernelLaunchInfoVectorPair pool;
    private final CUgraphExec_st graph;

    private CudaGraph(
            byte device, DeviceAssertionsDataVectorCUDAKernelLaunchInfoVectorPair pool, CUgraphExec_st graph) {
        this.device = device;
        this.pool = pool;
        this.graph = graph;
    }

    /** A recording, and what the recorded work gave. */
    record Recorded<R>(CudaGraph graph, R result) {}

    /**
     * Records work on this thread's stream, which is not the device's default one. Nothing of it runs yet. It must not copy to or from
     * the host, nor wait, and should have run before, so that libraries are ready.
     *
     * @throws RuntimeException what the work throws, or libtorch; nothing is recorded then
     */
    static <R> Recorded<R> record(int device, Supplier<R> work) {
        try (PointerScope scope = new PointerScope()) {
            CUDAAllocator allocator = torch_cuda.getAllocator();
            DeviceAssertionsDataVectorCUDAKernelLaunchInfoVectorPair pool =
                    Tensors.forever(MemPool.graph_pool_handle());
            CUstream_st stream = CudaStreams.current();
            RECORDING.set(true);
            allocator.beginAllocateToPool((byte) device, pool, FILTER);
            CUgraph_st recorded = new CUgraph_st();
            R result;
            try {
                check(
                        "cudaStreamBeginCapture",
                        cudart.cudaStreamBeginCapture(stream, cudart.cudaStreamCaptureModeThreadLocal));
                int ended;
                try {
                    result = work.get();
                } finally {
                    ended = cudart.cudaStreamEndCapture(stream, recorded);
                }
                check("cudaStreamEndCapture", ended);
            } finally {
                allocator.endAllocateToPool((byte) device, pool);
                RECORDING.set(false);
            }
            CUgraphExec_st graph = new CUgraphExec_st();
            check("cudaGraphInstantiate", cudart.cudaGraphInstantiateWithFlags(graph, recorded, 0));
            check("cudaGraphDestroy", cudart.cudaGraphDestroy(recorded));
            return new Recorded<>(new CudaGraph((byte) device, pool, Tensors.forever(graph)), result);
        }
    }

    /** Whose memory comes from the recording's own: that of the thread that records. One for all, as a process can have few. */
    private static final class OnThisThread extends StreamFilter {
        @Override
        public boolean call(Pointer asking) {
            return RECORDING.get();
        }
    }

    /** Does it again, on what its tensors hold now; does not wait. */
    void play() {
        try (PointerScope scope = new PointerScope()) {
            check("cudaGraphLaunch", cudart.cudaGraphLaunch(graph, CudaStreams.current()));
        }
    }

    private static void check(String call, int result) {
        if (result != 0) {
            throw new Mask2FormerException(call + " failed with code " + result);
        }
    }

    /** Its tensors have to be closed first. */
    @Override
    public void close() {
        try (PointerScope scope = new PointerScope()) {
            cudart.cudaGraphExecDestroy(graph);
            torch_cuda.getAllocator().releasePool(device, pool);
        }
        graph.releaseReference();
        pool.releaseReference();
    }
}
