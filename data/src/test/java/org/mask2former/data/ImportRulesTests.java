package org.mask2former.data;

import org.junit.jupiter.api.Test;
import org.mask2former.ImportRules;

class ImportRulesTests {
    @Test
    void theDataModuleImportsCoreJsonYamlAndPlotsAlone() {
        ImportRules.check(
                ImportRules.sources("org.mask2former.data"),
                new String[] {"org.mask2former.data.."},
                "org.mask2former",
                "org.mask2former.image",
                "org.mask2former.result",
                "org.mask2former.data",
                "com.fasterxml.jackson..",
                "org.knowm.xchart..");
    }
}
