package org.mask2former.cli;

import java.util.Optional;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.Precision;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the network runs: {@code --device}, {@code --threads} and {@code --precision}. */
final class EngineOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            order = 20,
            description = "Where the network runs: cpu, cuda, or cuda:N (default: ${DEFAULT-VALUE}).")
    private String device;

    @Option(
            names = "--precision",
            completionCandidates = LowerCase.Precisions.class,
            paramLabel = "P",
            order = 22,
            description =
                    "Numbers the network computes with: fp32; bf16; fp16 for half the memory of the weights; int8 for a"
                            + " model of 'mask2former quantize'; or auto for the fastest that this processor has (default: int8"
                            + " for a quantised model where the processor can, else fp32).")
    private Optional<Precision> precision = Optional.empty();

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
        EngineOptions options = EngineOptions.DEFAULT.withDevice(device).withThreads(threads);
        return precision.map(options::withPrecision).orElse(options);
    }
}
