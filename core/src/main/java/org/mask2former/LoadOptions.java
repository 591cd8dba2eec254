package org.mask2former;

import java.util.Optional;
import org.mask2former.checkpoint.HubSettings;
import org.mask2former.checkpoint.ProgressListener;
import org.mask2former.image.TestSize;
import org.mask2former.model.EngineOptions;

/**
 * How a model is loaded and run. Start from {@link #defaults()} and change what you need.
 *
 * @param engine device and threads
 * @param compat the rule book of pre- and post-processing
 * @param size the size pictures are resized to; empty for the model's own (see docs/compat.md)
 * @param hub where models come from, and where they are kept
 * @param progress hears of downloads
 */
public record LoadOptions(
        EngineOptions engine, Compat compat, Optional<TestSize> size, HubSettings hub, ProgressListener progress) {
    /** On the CPU with all its processors, by the paper's rules, the hub as the environment ({@code HF_HOME}, …) says. */
    public static LoadOptions defaults() {
        return new LoadOptions(
                EngineOptions.DEFAULT,
                Compat.PAPER,
                Optional.empty(),
                HubSettings.fromEnvironment(),
                (file, done, total) -> {});
    }

    public LoadOptions withEngine(EngineOptions value) {
        return new LoadOptions(value, compat, size, hub, progress);
    }

    public LoadOptions withCompat(Compat value) {
        return new LoadOptions(engine, value, size, hub, progress);
    }

    public LoadOptions withSize(Optional<TestSize> value) {
        return new LoadOptions(engine, compat, value, hub, progress);
    }

    public LoadOptions withHub(HubSettings value) {
        return new LoadOptions(engine, compat, size, value, progress);
    }

    public LoadOptions withProgress(ProgressListener value) {
        return new LoadOptions(engine, compat, size, hub, value);
    }
}
