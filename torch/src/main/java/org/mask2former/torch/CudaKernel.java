package org.mask2former.torch;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.mask2former.Mask2FormerException;

/**
 * A kernel of our own for GPUs, compiled when first needed for the one that is there: by NVIDIA's run-time compiler (NVRTC, part of
 * CUDA) and started through the driver. Used on the thread that runs libtorch, on whose stream it works and whose context it
 * shares; lives as long as the process.
 */
final class CudaKernel {
    private static final int THREADS = 256;
    private static final int ATTRIBUTE_MAJOR = 75;
    private static final int ATTRIBUTE_MINOR = 76;

    private final Function launch;
    private final Pointer function;

    private CudaKernel(Function launch, Pointer function) {
        this.launch = launch;
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
        Driver driver = new Driver();
        byte[] code = compile(source, name, "sm_" + driver.capability(), defined);
        return new CudaKernel(driver.function("cuLaunchKernel"), driver.load(code, name));
    }

    /** Machine code for an architecture, such as {@code sm_90}. */
    static byte[] compile(String source, String name, String architecture, String defined) {
        NativeLibrary nvrtc = NativeLibrary.getInstance(Platform.isWindows() ? "nvrtc64_130_0.dll" : "libnvrtc.so.13");
        PointerByReference program = new PointerByReference();
        check("nvrtcCreateProgram", nvrtc.getFunction("nvrtcCreateProgram").invokeInt(new Object[] {
            program, source, name + ".cu", 0, Pointer.NULL, Pointer.NULL
        }));
        try {
            String[] options = {"--gpu-architecture=" + architecture, "--define-macro=" + defined, "--use_fast_math"};
            int result = nvrtc.getFunction("nvrtcCompileProgram")
                    .invokeInt(new Object[] {program.getValue(), options.length, options});
            if (result != 0) {
                throw new Mask2FormerException("the CUDA kernel " + name + " does not compile for " + architecture
                        + ": " + log(nvrtc, program));
            }
            return bytes(nvrtc, program, "nvrtcGetCUBIN");
        } finally {
            nvrtc.getFunction("nvrtcDestroyProgram").invokeInt(new Object[] {program});
        }
    }

    private static String log(NativeLibrary nvrtc, PointerByReference program) {
        return new String(bytes(nvrtc, program, "nvrtcGetProgramLog"), StandardCharsets.UTF_8).strip();
    }

    private static byte[] bytes(NativeLibrary nvrtc, PointerByReference program, String getter) {
        LongByReference size = new LongByReference();
        check(getter + "Size", nvrtc.getFunction(getter + "Size").invokeInt(new Object[] {program.getValue(), size}));
        Memory memory = new Memory(Math.max(1, size.getValue()));
        check(getter, nvrtc.getFunction(getter).invokeInt(new Object[] {program.getValue(), memory}));
        return memory.getByteArray(0, (int) size.getValue());
    }

    /** The driver, which libtorch has made ready: its context is the calling thread's. */
    private static final class Driver {
        private final NativeLibrary cuda = NativeLibrary.getInstance(Platform.isWindows() ? "nvcuda" : "libcuda.so.1");

        Function function(String name) {
            return cuda.getFunction(name);
        }

        private void call(String name, Object... arguments) {
            check(name, function(name).invokeInt(arguments));
        }

        String capability() {
            IntByReference device = new IntByReference();
            call("cuCtxGetDevice", device);
            return attribute(ATTRIBUTE_MAJOR, device.getValue()) + "" + attribute(ATTRIBUTE_MINOR, device.getValue());
        }

        private int attribute(int which, int device) {
            IntByReference value = new IntByReference();
            call("cuDeviceGetAttribute", value, which, device);
            return value.getValue();
        }

        Pointer load(byte[] code, String name) {
            Memory image = new Memory(code.length);
            image.write(0, code, 0, code.length);
            PointerByReference module = new PointerByReference();
            call("cuModuleLoadData", module, image);
            PointerByReference found = new PointerByReference();
            call("cuModuleGetFunction", found, module.getValue(), name);
            return found.getValue();
        }
    }

    private static void check(String call, int result) {
        if (result != 0) {
            throw new Mask2FormerException(call + " failed with code " + result);
        }
    }

    /**
     * Starts it, and does not wait.
     *
     * @param warps so many at least
     * @param arguments each in memory as the kernel declares it
     */
    void launch(long warps, List<Memory> arguments) {
        int perBlock = THREADS / 32;
        int blocks = Math.toIntExact((warps + perBlock - 1) / perBlock);
        Memory pointers = new Memory((long) arguments.size() * Native.POINTER_SIZE);
        for (int i = 0; i < arguments.size(); i++) {
            pointers.setPointer((long) i * Native.POINTER_SIZE, arguments.get(i));
        }
        check("cuLaunchKernel", launch.invokeInt(new Object[] {
            function, blocks, 1, 1, THREADS, 1, 1, 0, Pointer.NULL, pointers, Pointer.NULL
        }));
    }
}
