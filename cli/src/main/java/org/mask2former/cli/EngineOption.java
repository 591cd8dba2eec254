package org.mask2former.cli;

import org.mask2former.model.EngineOptions;
import org.mask2former.model.Precision;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the network runs: {@code --device} and {@code --threads}. */
final class EngineOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            order = 20,
            description = "Where the network runs (default: ${DEFAULT-VALUE}).")
    private String device;

    @Option(
            names = "--precision",
            completionCandidates = LowerCase.Precisions.class,
            paramLabel = "P",
            defaultValue = "fp32",
            order = 22,
            description =
                    "Numbers the network computes with: fp32, bf16, or auto for the fastest that this processor has"
                            + " (default: ${DEFAULT-VALUE}).")
    private Precision precision;

    private int threads;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            order = 21,
            description = "Threads of one forward pass; 0 for as many as there are cores (default: ${DEFAULT-VALUE}).")
    void threads(int value) {
        if (value < 0) {
            throw new ParameterException(spec.commandLine(), "--threads must be 0 or more, but is " + value);
        }
        threads = value;
    }

    EngineOptions options() {
        return EngineOptions.DEFAULT.withDevice(device).withThreads(threads).withPrecision(precision);
    }
}
