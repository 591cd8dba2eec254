package org.mask2former.cli;

import java.util.List;
import java.util.Set;
import org.mask2former.torch.TorchEngineProvider;

/** The process's entry: sets what must be set before any native class loads, and turns the outcome into an exit code. */
public final class Main {
    private static final Set<String> NETWORK = Set.of("predict", "logits", "benchmark", "serve");

    private Main() {}

    public static void main(String[] args) {
        // JavaCPP otherwise throws OutOfMemoryError when the process holds four times the heap's limit, which a model
        // does.
        if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
            System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        }
        System.setProperty("java.awt.headless", "true");
        if (needsTheNetwork(args)) {
            TorchEngineProvider.preload();
        }
        System.exit(Cli.run(Terminal.ofProcess(), args));
    }

    private static boolean needsTheNetwork(String... args) {
        List<String> words = List.of(args);
        return words.size() > 1 && NETWORK.contains(words.get(0)) && !words.contains("--help") && !words.contains("-h");
    }
}
