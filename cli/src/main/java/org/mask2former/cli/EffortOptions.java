package org.mask2former.cli;

import org.mask2former.model.Effort;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How much of the transformer decoder runs: {@code --decoder-layers} and {@code --queries}. */
final class EffortOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    private Effort effort = Effort.FULL;

    @Option(
            names = "--decoder-layers",
            paramLabel = "K",
            defaultValue = "0",
            order = 23,
            description = "Stop after K layers of the transformer decoder; 0 for all (default: ${DEFAULT-VALUE}).")
    void decoderLayers(int value) {
        effort = effort.withDecoderLayers(notNegative("--decoder-layers", value));
    }

    @Option(
            names = "--queries",
            paramLabel = "N",
            defaultValue = "0",
            order = 24,
            description =
                    "After " + Effort.SELECTION_LAYERS + " layers go on with the N queries alone that are most likely"
                            + " an object; 0 for all (default: ${DEFAULT-VALUE}).")
    void queries(int value) {
        effort = effort.withQueries(notNegative("--queries", value));
    }

    private int notNegative(String option, int value) {
        if (value < 0) {
            throw new ParameterException(spec.commandLine(), option + " must be 0 or more, but is " + value);
        }
        return value;
    }

    Effort effort() {
        return effort;
    }
}
