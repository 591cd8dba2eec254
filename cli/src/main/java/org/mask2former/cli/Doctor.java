package org.mask2former.cli;

import com.sun.management.OperatingSystemMXBean;
import java.awt.AWTError;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.HubClient;
import org.mask2former.checkpoint.HubSettings;
import org.mask2former.torch.TorchReport;
import org.mask2former.video.FilmSupport;

/** Looks at everything that segmenting pictures depends on, and says of each what to do if it is not as it should be. */
final class Doctor {
    private static final long GIB = 1L << 30;
    /** What Swin-T needs for a picture of the published size, and what Swin-L needs. */
    private static final long LEAST_MEMORY = 3 * GIB;

    private static final long LARGE_MODEL_MEMORY = 8 * GIB;
    private static final long LEAST_DISK = 2 * GIB;
    private static final Duration HUB_TIMEOUT = Duration.ofSeconds(5);
    /** The instructions of x86 that libtorch and oneDNN are quicker with, as Linux calls them. */
    private static final List<String> CPU_FEATURES =
            List.of("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8");

    private final Supplier<HubSettings> hub;
    private final Path cpuInfo;
    private final Path nvidiaDriver;

    Doctor(Supplier<HubSettings> hub) {
        this(hub, Path.of("/proc/cpuinfo"), Path.of("/proc/driver/nvidia/version"));
    }

    Doctor(Supplier<HubSettings> hub, Path cpuInfo, Path nvidiaDriver) {
        this.hub = hub;
        this.cpuInfo = cpuInfo;
        this.nvidiaDriver = nvidiaDriver;
    }

    List<Check> examine() {
        List<Check> checks = new ArrayList<>(List.of(java(), memory(), cpu()));
        checks.addAll(libtorch());
        checks.addAll(List.of(formats(), films(), fonts()));
        checks.addAll(hub());
        return checks;
    }

    private List<Check> hub() {
        try {
            HubSettings settings = hub.get();
            return List.of(folder("model cache", settings.cache()), reachability(settings));
        } catch (Mask2FormerException e) {
            return List.of(Check.fail(
                    "model cache", String.valueOf(e.getMessage()), "correct the environment's HF_ variables"));
        }
    }

    private static Check java() {
        Runtime.Version version = Runtime.version();
        String found = version + " (" + System.getProperty("java.vendor") + "), " + System.getProperty("os.name") + " "
                + System.getProperty("os.arch");
        return version.feature() < 17
                ? Check.fail("java", found, "install Java 17 or newer and point JAVA_HOME at it")
                : Check.ok("java", found);
    }

    private static Check memory() {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long total = system.getTotalMemorySize();
        String found =
                gigabytes(total) + ", " + gigabytes(system.getFreeMemorySize()) + " of it free; Java's heap may take "
                        + gigabytes(Runtime.getRuntime().maxMemory());
        if (total < LEAST_MEMORY) {
            return Check.warn("memory", found, "take a small model, such as Swin-T, and --size 512");
        }
        return total < LARGE_MODEL_MEMORY
                ? Check.warn("memory", found, "enough for Swin-T and ResNet-50; Swin-L wants 8 GB")
                : Check.ok("memory", found);
    }

    private Check cpu() {
        int cores = Runtime.getRuntime().availableProcessors();
        String found = cores + (cores == 1 ? " core" : " cores");
        Optional<List<String>> flags = cpuFlags();
        if (flags.isEmpty()) {
            return Check.ok("cpu", found);
        }
        List<String> present =
                CPU_FEATURES.stream().filter(flags.get()::contains).toList();
        found += present.isEmpty() ? "" : ", " + String.join(" ", present);
        return present.contains("avx2")
                ? Check.ok("cpu", found)
                : Check.warn(
                        "cpu",
                        found,
                        "without AVX2 the network runs several times slower; nothing but another machine helps");
    }

    /** The first core's flags; empty where the system does not list them in a file. */
    private Optional<List<String>> cpuFlags() {
        try (Stream<String> lines = Files.lines(cpuInfo)) {
            return lines.filter(l -> l.startsWith("flags"))
                    .findFirst()
                    .map(l -> Arrays.asList(
                            l.substring(l.indexOf(':') + 1).strip().split(" ")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Check films() {
        try {
            return Check.ok("films", FilmSupport.describe());
        } catch (Mask2FormerException e) {
            return Check.warn(
                    "films",
                    String.valueOf(e.getMessage()),
                    "pictures can be segmented, films not; build again for this platform");
        }
    }

    private List<Check> libtorch() {
        TorchReport torch;
        try {
            torch = TorchReport.read();
        } catch (Mask2FormerException e) {
            return List.of(Check.fail(
                    "libtorch", String.valueOf(e.getMessage()), "build again for this platform; see docs/install.md"));
        }
        String found = torch.version() + (torch.cudaBuild() ? " for CUDA" : " for CPUs") + ", " + torch.cpuCapability()
                + (torch.oneDnn() ? ", oneDNN" : "") + ", " + torch.threads() + " threads";
        return List.of(Check.ok("libtorch", found), gpu(torch), folder("natives", Path.of(torch.nativesFolder())));
    }

    private Check gpu(TorchReport torch) {
        boolean driver = Files.exists(nvidiaDriver);
        if (torch.cudaDevices() > 0) {
            return Check.ok("gpu", torch.cudaDevices() + " with CUDA; --device cuda uses the first");
        }
        if (torch.cudaBuild()) {
            return Check.warn(
                    "gpu",
                    driver ? "an NVIDIA driver, but CUDA does not start" : "none, although this build is for CUDA",
                    "CUDA's libraries must be found; see docs/install.md, or unset M2F_GPU");
        }
        return driver
                ? Check.warn("gpu", "an NVIDIA GPU, but this build is for CPUs", "set M2F_GPU=1 to build for it")
                : Check.ok("gpu", "none; the CPU is used");
    }

    private static Check formats() {
        TreeSet<String> found = new TreeSet<>();
        for (String name : ImageIO.getReaderFormatNames()) found.add(name.toLowerCase(Locale.ROOT));
        List<String> expected = List.of("jpeg", "png", "webp", "tiff", "bmp", "gif");
        List<String> missing = expected.stream().filter(e -> !found.contains(e)).toList();
        return missing.isEmpty()
                ? Check.ok("pictures", String.join(", ", expected))
                : Check.fail(
                        "pictures",
                        "no reader for " + String.join(", ", missing),
                        "the class path lacks TwelveMonkeys ImageIO; build or unpack again");
    }

    private static Check fonts() {
        try {
            double width = new Font(Font.SANS_SERIF, Font.PLAIN, 12)
                    .getStringBounds("Aa", new FontRenderContext(null, true, true))
                    .getWidth();
            if (width > 0) {
                return Check.ok("fonts", "found");
            }
        } catch (AWTError | LinkageError | InternalError | RuntimeException e) {
            // What a JDK throws without fontconfig, freetype or fonts differs from version to version.
        }
        return Check.warn(
                "fonts",
                "none",
                "labels in other than Latin letters are drawn as question marks; install fontconfig and a font");
    }

    /** A folder, or the nearest one above it that is there: can it be written, and has it room? */
    private static Check folder(String name, Path folder) {
        Path there = folder.toAbsolutePath();
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            return Check.fail(
                    name,
                    folder + " cannot be written",
                    "change its rights, or set "
                            + (name.equals("natives")
                                    ? "M2F_JAVA_OPTS=-Dorg.bytedeco.javacpp.cachedir=FOLDER"
                                    : "HF_HOME"));
        }
        try {
            FileStore store = Files.getFileStore(there);
            String found = folder + ", " + gigabytes(store.getUsableSpace()) + " free";
            return store.getUsableSpace() < LEAST_DISK
                    ? Check.warn(name, found, "make room: a model takes 0.2 to 0.9 GB, the natives 0.5 GB")
                    : Check.ok(name, found);
        } catch (IOException e) {
            return Check.warn(name, folder + " (" + e + ")", "see that the disk is well");
        }
    }

    private static Check reachability(HubSettings hub) {
        if (hub.offline()) {
            return Check.warn(
                    "hub", "not asked, HF_HUB_OFFLINE is set", "models must be in the cache; unset it to fetch more");
        }
        try {
            Duration time =
                    HubClient.create(hub.withTimeouts(HUB_TIMEOUT, HUB_TIMEOUT)).ping();
            return Check.ok("hub", hub.endpoint() + " answers in " + time.toMillis() + " ms");
        } catch (Mask2FormerException e) {
            return Check.warn("hub", String.valueOf(e.getMessage()), "local models and those in the cache still work");
        }
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f GB", bytes / (double) GIB);
    }
}
