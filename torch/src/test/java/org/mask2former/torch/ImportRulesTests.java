package org.mask2former.torch;

import org.junit.jupiter.api.Test;
import org.mask2former.ImportRules;

class ImportRulesTests {
    @Test
    void theTorchModuleImportsCoreAndLibtorchWithItsBlasAlone() {
        ImportRules.check(
                ImportRules.sources("org.mask2former.torch"),
                new String[] {"org.mask2former.torch.."},
                "org.mask2former",
                "org.mask2former.image",
                "org.mask2former.model",
                "org.mask2former.ops",
                "org.mask2former.checkpoint",
                "org.mask2former.result",
                "org.mask2former.torch",
                "com.sun.jna..",
                "org.bytedeco.javacpp..",
                "org.bytedeco.openblas..",
                "org.bytedeco.pytorch..");
    }
}
