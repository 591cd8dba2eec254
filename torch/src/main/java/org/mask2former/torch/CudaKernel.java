package org.mask2former.torch;

import java.nio.charset.StandardCharsets;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.SizeTPointer;
import org.mask2former.Mask2FormerException;

/**
 * A kernel of our own for GPUs, compiled when first needed for the one that is there: by NVIDIA's run-time compiler (NVRTC, part of
 * CUDA) and started through the driver. Used on a thread that runs libtorch, whose stream it works on; lives as long as the
 * process.
 */
final class CudaKernel {
    private static final int THREADS = 256;
    private static final int LANES = 32;

    private final CUfunc_st function;

    private CudaKernel(CUfunc_st function) {
        this.function = function;
    }

    /**
     * Compiles and loads.
     *
     * @param source CUDA C++
     * @param name of the kernel, {@code extern "C"}
     * @param defined a macro that is defined
     * @throws Mask2FormerException if that fails
     * @throws UnsatisfiedLinkError if the driver or the compiler is not there
     */
    static CudaKernel load(String source, String name, String defined) {
        Loader.load(cudart.class);
        byte[] code = compile(source, name, "sm_" + capability(), defined);
        try (PointerScope scope = new PointerScope()) {
            CUmod_st module = new CUmod_st();
            check("cuModuleLoadData", cudart.cuModuleLoadData(module, new BytePointer(code)));
            CUfunc_st function = new CUfunc_st();
            check("cuModuleGetFunction", cudart.cuModuleGetFunction(function, module, name));
            return new CudaKernel(Tensors.forever(function));
        }
    }

    /** Of the GPU that libtorch uses on this thread, such as 90. */
    private static int capability() {
        int[] device = new int[1];
        check("cuCtxGetDevice", cudart.cuCtxGetDevice(device));
        int[] major = new int[1];
        int[] minor = new int[1];
        check(
                "cuDeviceGetAttribute",
                cudart.cuDeviceGetAttribute(major, cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device[0]));
        check(
                "cuDeviceGetAttribute",
                cudart.cuDeviceGetAttribute(minor, cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device[0]));
        return 10 * major[0] + minor[0];
    }

    /** Machine code for an architecture, such as {@code sm_90}. */
    static byte[] compile(String source, String name, String architecture, String defined) {
        Loader.load(nvrtc.class);
        try (PointerScope scope = new PointerScope()) {
            _nvrtcProgram program = new _nvrtcProgram();
            check(
                    "nvrtcCreateProgram",
                    nvrtc.nvrtcCreateProgram(
                            program,
                            new BytePointer(source),
                            new BytePointer(name + ".cu"),
                            0,
                            new PointerPointer<>(),
                            new PointerPointer<>()));
            try {
                PointerPointer<BytePointer> options = new PointerPointer<>(
                        "--gpu-architecture=" + architecture, "--define-macro=" + defined, "--use_fast_math");
                if (nvrtc.nvrtcCompileProgram(program, 3, options) != nvrtc.NVRTC_SUCCESS) {
                    throw new Mask2FormerException(
                            "the CUDA kernel " + name + " does not compile for " + architecture + ": " + log(program));
                }
                SizeTPointer size = new SizeTPointer(1);
                check("nvrtcGetCUBINSize", nvrtc.nvrtcGetCUBINSize(program, size));
                byte[] code = new byte[Math.toIntExact(size.get())];
                check("nvrtcGetCUBIN", nvrtc.nvrtcGetCUBIN(program, code));
                return code;
            } finally {
                nvrtc.nvrtcDestroyProgram(program);
            }
        }
    }

    private static String log(_nvrtcProgram program) {
        SizeTPointer size = new SizeTPointer(1);
        check("nvrtcGetProgramLogSize", nvrtc.nvrtcGetProgramLogSize(program, size));
        byte[] log = new byte[Math.toIntExact(size.get())];
        check("nvrtcGetProgramLog", nvrtc.nvrtcGetProgramLog(program, log));
        return new String(log, StandardCharsets.UTF_8).replace('\0', ' ').strip();
    }

    private static void check(String call, int result) {
        if (result != 0) {
            throw new Mask2FormerException(call + " failed with code " + result);
        }
    }

    /**
     * Starts it on this thread's stream, and does not wait.
     *
     * @param warps so many at least
     * @param arguments where each is, as the kernel declares it
     */
    void launch(long warps, Pointer... arguments) {
        int perBlock = THREADS / LANES;
        int blocks = Math.toIntExact((warps + perBlock - 1) / perBlock);
        try (PointerScope scope = new PointerScope()) {
            check(
                    "cuLaunchKernel",
                    cudart.cuLaunchKernel(
                            function,
                            blocks,
                            1,
                            1,
                            THREADS,
                            1,
                            1,
                            0,
                            CudaStreams.current(),
                            new PointerPointer<>(arguments),
                            new PointerPointer<>()));
        }
    }

    /** Memory with a number, for an argument; of the scope around. */
    static IntPointer number(int... values) {
        return new IntPointer(values);
    }
}
