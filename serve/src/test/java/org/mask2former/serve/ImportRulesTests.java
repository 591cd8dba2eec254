package org.mask2former.serve;

import org.junit.jupiter.api.Test;
import org.mask2former.ImportRules;

class ImportRulesTests {
    @Test
    void theServerKnowsCoreAndItsHttpLibrariesAndNoEngine() {
        ImportRules.check(
                ImportRules.sources("org.mask2former.serve"),
                new String[] {"org.mask2former.serve.."},
                "org.mask2former",
                "org.mask2former.image",
                "org.mask2former.model",
                "org.mask2former.result",
                "org.mask2former.serve",
                "org.mask2former.video",
                "com.fasterxml.jackson..",
                "io.javalin..",
                "jakarta.servlet..",
                "kotlin..",
                "org.eclipse.jetty..",
                "io.micrometer..",
                "org.w3c.dom..",
                "org.xml.sax..");
    }
}
