package org.mask2former.torch;

import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.Engine;
import org.mask2former.model.EngineOptions;
import org.mask2former.model.EngineProvider;
import org.mask2former.model.ModelConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the network on libtorch. Stateless. */
public final class TorchEngineProvider implements EngineProvider {
    private static final Logger LOG = LoggerFactory.getLogger(TorchEngineProvider.class);

    /**
     * Begins to load libtorch, in the background, for a program that is about to need it: that takes as long as reading the
     * command line, a configuration and a picture. What goes wrong is said by {@link #open}.
     */
    public static void preload() {
        Thread loader = new Thread(
                () -> {
                    try {
                        Torch.load();
                    } catch (Mask2FormerException e) {
                        LOG.debug("libtorch was not loaded ahead", e);
                    }
                },
                "libtorch-preload");
        loader.setDaemon(true);
        loader.start();
    }

    @Override
    public String name() {
        return "torch";
    }

    @Override
    public Engine open(ModelConfig config, Weights weights, EngineOptions options) {
        return new TorchEngine(config, weights, options, TorchDevice.of(options.device()));
    }
}
