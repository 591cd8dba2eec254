package org.mask2former;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionsTests {
    @Test
    void lettersThatChangedPlacesAreOneMistake() {
        assertThat(Suggestions.didYouMean("cra", List.of("bus", "car"))).isEqualTo("; did you mean car?");
    }

    @Test
    void theClosestIsSuggestedAndQuotedWhereTheMessageQuotes() {
        assertThat(Suggestions.didYouMeanQuoted("lables", List.of("tables", "labels")))
                .isEqualTo("; did you mean 'labels'?");
    }

    @Test
    void aWordThatIsFarFromAllIsNot() {
        assertThat(Suggestions.didYouMean("segment", List.of("predict", "info")))
                .isEmpty();
    }
}
