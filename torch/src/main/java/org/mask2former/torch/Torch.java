package org.mask2former.torch;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.Mask2FormerException;
import org.mask2former.model.Precision;

/** libtorch as a whole: loading it, what it is, and its errors in our words. */
public final class Torch {
    private Torch() {}

    static {
        // JavaCPP refuses to allocate when the process is four times larger than the Java heap may be. Weights live
        // outside
        // the heap, so that says nothing here; the property is read once, when JavaCPP's first class loads.
        if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
            System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        }
    }

    /**
     * Loads libtorch, once; later calls return at once.
     *
     * @throws Mask2FormerException if it is not on the class path or does not run here
     */
    public static void load() {
        try {
            Loader.load(torch.class);
            // libtorch calls BLAS from inside its own parallel loops. OpenBLAS would split each of these small products
            // again, over threads that then wait for each other and for a lock: measured ten to a hundred times slower.
            try (PointerScope scope = new PointerScope()) { // it looks functions up, and leaves their pointers behind
                openblas.blas_set_num_threads(1);
            }
        } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
            throw new Mask2FormerException(
                    "libtorch for " + platform() + " cannot be loaded (" + firstLine(e)
                            + "); put org.bytedeco:pytorch, openblas and javacpp with the classifier of this platform on the"
                            + " class path (linux-x86_64, macosx-arm64 or windows-x86_64)",
                    e);
        }
    }

    /** Operations a second that large matrix products reach on a device; on a processor with the calling thread's libtorch threads. */
    public static double peakFlops(TorchDevice device, Precision precision) {
        return MatmulPeak.measure(device, device.precision(Optional.of(precision), false));
    }

    /** Whether the build on the class path is that for NVIDIA's GPUs; it runs on processors, too. */
    static boolean isCudaBuild() {
        String folder = "/org/bytedeco/pytorch/" + platform() + "-gpu/";
        return Torch.class.getResource(folder + "libjnitorch_cuda.so") != null
                || Torch.class.getResource(folder + "jnitorch_cuda.dll") != null;
    }

    static String platform() {
        return Loader.getPlatform();
    }

    /** Such as {@code 2.10.0-1.5.13}: libtorch's version and the binding's; {@code unknown} outside a jar. */
    public static String version() {
        String version = torch.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    /** Runs a call of libtorch; a C++ exception, which brings its stack trace along, becomes one line. */
    static <R> R call(String what, Callable<R> body) {
        try {
            return body.call();
        } catch (Mask2FormerException | IllegalArgumentException | IllegalStateException e) {
            throw e;
        } catch (OutOfMemoryError e) {
            throw new Mask2FormerException(
                    what + " needs more memory than there is (" + firstLine(e)
                            + "); use a smaller picture (--size), a smaller batch or a smaller model",
                    e);
        } catch (Exception e) {
            throw new Mask2FormerException(what + " failed in libtorch: " + firstLine(e), e);
        }
    }

    static String firstLine(Throwable e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage().strip();
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }
}
