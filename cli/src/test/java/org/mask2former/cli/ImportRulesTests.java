package org.mask2former.cli;

import org.junit.jupiter.api.Test;
import org.mask2former.ImportRules;

class ImportRulesTests {
    @Test
    void theCommandLineLeavesLibtorchToItsModule() {
        ImportRules.check(
                ImportRules.sources("org.mask2former.cli"),
                new String[] {"org.mask2former.cli.."},
                "org.mask2former",
                "org.mask2former.image",
                "org.mask2former.model",
                "org.mask2former.ops",
                "org.mask2former.checkpoint",
                "org.mask2former.result",
                "org.mask2former.torch",
                "org.mask2former.cli",
                "com.sun.management",
                "picocli",
                "com.fasterxml.jackson..",
                "ch.qos.logback..",
                "me.tongfei.progressbar");
    }
}
