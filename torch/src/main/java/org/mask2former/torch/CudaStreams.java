package org.mask2former.torch;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.cuda.CUDAStream;
import org.bytedeco.pytorch.global.torch_cuda;

/** The streams of a GPU that libtorch works on: each thread's operations go to one, in order. */
final class CudaStreams {
    private CudaStreams() {}

    /**
     * Loads what is beyond libtorch's own bindings.
     *
     * @throws UnsatisfiedLinkError if it is not there
     */
    static void load() {
        Loader.load(cudart.class);
        Loader.load(torch_cuda.class);
    }

    /** This thread's, of the scope around. */
    static CUstream_st current() {
        return torch_cuda.getCurrentCUDAStream().stream();
    }

    /** Gives this thread a stream of its own, as a recording needs; other threads keep theirs. */
    static void takeOwn(int device) {
        CUDAStream own = torch_cuda.getStreamFromPool(false, (byte) device);
        torch_cuda.setCurrentCUDAStream(own);
    }
}
