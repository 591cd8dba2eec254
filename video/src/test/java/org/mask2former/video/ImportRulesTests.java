package org.mask2former.video;

import org.junit.jupiter.api.Test;
import org.mask2former.ImportRules;

class ImportRulesTests {
    @Test
    void theVideoModuleImportsCoreAndFfmpegAlone() {
        ImportRules.check(
                ImportRules.sources("org.mask2former.video"),
                new String[] {"org.mask2former.video.."},
                "org.mask2former",
                "org.mask2former.image",
                "org.mask2former.result",
                "org.mask2former.video",
                "org.bytedeco.javacpp..",
                "org.bytedeco.ffmpeg..");
    }
}
