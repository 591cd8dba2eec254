package org.mask2former.train;

import org.junit.jupiter.api.Test;
import org.mask2former.ImportRules;

class ImportRulesTests {
    @Test
    void theTrainModuleImportsCoreTorchDataAndLibtorchAlone() {
        ImportRules.check(
                ImportRules.sources("org.mask2former.train"),
                new String[] {"org.mask2former.train.."},
                "org.mask2former",
                "org.mask2former.image",
                "org.mask2former.model",
                "org.mask2former.ops",
                "org.mask2former.checkpoint",
                "org.mask2former.result",
                "org.mask2former.torch",
                "org.mask2former.data",
                "org.mask2former.train",
                "com.fasterxml.jackson..",
                "org.knowm.xchart..",
                "org.bytedeco.javacpp..",
                "org.bytedeco.pytorch..");
    }
}
