package org.mask2former.cli;

import org.junit.jupiter.api.Test;
import org.mask2former.ImportRules;

class ImportRulesTests {
    @Test
    void theCommandLineLeavesLibtorchToItsModule() {
        ImportRules.checkNot(
                ImportRules.sources("org.mask2former.cli"), new String[] {"org.mask2former.cli.."}, "org.bytedeco..");
    }
}
