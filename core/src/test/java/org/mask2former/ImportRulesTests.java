package org.mask2former;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import org.junit.jupiter.api.Test;

class ImportRulesTests {
    private static final String ROOT = "org.mask2former";
    private static final JavaClasses CORE = ImportRules.sources(ROOT);

    @Test
    void coreImportsTheJdkJacksonAndTheImageCodecsAlone() {
        ImportRules.check(
                CORE,
                new String[] {"org.mask2former.."},
                "org.mask2former",
                "org.mask2former.image",
                "org.mask2former.model",
                "org.mask2former.ops",
                "org.mask2former.checkpoint",
                "org.mask2former.result",
                "com.fasterxml.jackson..",
                "com.twelvemonkeys..",
                "org.w3c.dom..");
    }

    @Test
    void picturesKnowNothingOfTheNetwork() {
        ImportRules.check(
                CORE,
                new String[] {"org.mask2former.image"},
                ROOT,
                "org.mask2former.image",
                "com.fasterxml.jackson..",
                "com.twelvemonkeys..",
                "org.w3c.dom..");
    }

    @Test
    void operationsKnowNothingOfPicturesOrResults() {
        ImportRules.check(
                CORE, new String[] {"org.mask2former.ops"}, ROOT, "org.mask2former.ops", "org.mask2former.model");
    }

    @Test
    void resultsKnowPicturesButNotTheNetwork() {
        ImportRules.check(
                CORE,
                new String[] {"org.mask2former.result"},
                ROOT,
                "org.mask2former.image",
                "org.mask2former.result",
                "com.fasterxml.jackson..");
    }

    @Test
    void aBrokenRuleIsFound() {
        assertThatThrownBy(() -> ImportRules.check(CORE, new String[] {"org.mask2former.result"}, ROOT))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("org.mask2former.image");
    }
}
