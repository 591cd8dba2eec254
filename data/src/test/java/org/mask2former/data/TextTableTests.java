package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class TextTableTests {
    @Test
    void theFirstColumnIsAlignedLeftAndTheOthersRight() {
        TextTable table = new TextTable("class", "AP", "objects")
                .row("window", TextTable.percent(OptionalDouble.of(0.45678)), TextTable.number(28986))
                .row("größe", TextTable.percent(OptionalDouble.empty()));
        assertThat(table).hasToString("""
                        class     AP  objects
                        window  45.7   28,986
                        größe      -
                        """);
    }

    @Test
    void moreCellsThanColumnsAreRefused() {
        assertThatThrownBy(() -> new TextTable("a").row("1", "2")).isInstanceOf(IllegalArgumentException.class);
    }
}
