package org.mask2former.torch;

import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.Engine;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.EngineProvider;
import org.mask2former.model.ModelConfig;

/** Opens the network on libtorch. */
public final class TorchEngineProvider implements EngineProvider {
    @Override
    public String name() {
        return "torch";
    }

    @Override
    public Engine open(ModelConfig config, Weights weights, EngineOptions options) {
        if (!options.device().equals("cpu")) {
            throw new Mask2FormerException(
                    "device '" + options.device() + "' is not one that this engine runs on; use cpu");
        }
        return new TorchEngine(config, weights, options);
    }
}
