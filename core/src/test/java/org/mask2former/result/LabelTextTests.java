package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The labels' text: the built-in font, and the system's where it has to help out. */
class LabelTextTests {
    @Test
    void theBuiltInFontHasLatinLettersWithTheirAccents() {
        StringBuilder ascii = new StringBuilder();
        for (char c = ' '; c <= '~'; c++) {
            ascii.append(c);
        }
        assertThat(StrokeFont.covers(ascii.toString())).isTrue();
        assertThat(StrokeFont.covers("Übergröße, façade, señor, Čeština, Łódź, ångström, Ærø, œuvre"))
                .isTrue();
        assertThat(StrokeFont.covers("дорога")).isFalse();
    }

    @Test
    void everyLetterLeavesInkAndLooksDifferent() {
        for (char c = '!'; c <= '~'; c++) {
            TextMask mask = StrokeFont.draw(String.valueOf(c), 12);
            assertThat(ink(mask)).as("%s", c).isGreaterThan(2);
            for (char other = '!'; other < c; other++) {
                assertThat(StrokeFont.draw(String.valueOf(other), 12).coverage())
                        .as("%s and %s", c, other)
                        .isNotEqualTo(mask.coverage());
            }
        }
    }

    @Test
    void lettersAreNotCutOff() {
        for (int capital = 7; capital <= 40; capital++) {
            for (String text : new String[] {"Ågjpq", "(Ű)", "|_W_|", "Çđ@", "{$}"}) {
                TextMask mask = StrokeFont.draw(text, capital);
                for (int x = 0; x < mask.width(); x++) {
                    assertThat(mask.coverage()[x]).as(text + " at " + capital).isZero();
                    assertThat(mask.coverage()[(mask.height() - 1) * mask.width() + x])
                            .as(text + " at " + capital)
                            .isZero();
                }
            }
        }
    }

    @Test
    void capitalsHaveTheHeightAskedFor() {
        for (int capital : new int[] {7, 9, 14, 30}) {
            TextMask mask = StrokeFont.draw("H", capital);
            int top = mask.height();
            int bottom = 0;
            for (int i = 0; i < mask.coverage().length; i++) {
                if ((mask.coverage()[i] & 0xff) > 127) {
                    top = Math.min(top, i / mask.width());
                    bottom = Math.max(bottom, i / mask.width());
                }
            }
            assertThat(bottom - top + 1).isBetween(capital, capital + 1 + capital / 5);
        }
    }

    @Test
    void accentsStandOverTheirLetters() {
        assertThat(StrokeFont.draw("é", 20).width())
                .isEqualTo(StrokeFont.draw("e", 20).width());
        assertThat(ink(StrokeFont.draw("é", 20))).isGreaterThan(ink(StrokeFont.draw("e", 20)));
        assertThat(StrokeFont.draw("e\u0301", 20).coverage())
                .isEqualTo(StrokeFont.draw("é", 20).coverage());
    }

    @Test
    void whateverTheSystemsFontsEveryTextIsDrawn() {
        for (String text : new String[] {"дорога", "人", "שלום", "😀", "a\tb", "\uD83D", "ノート"}) {
            TextMask mask = TextMask.of(text, 12);
            assertThat(ink(mask)).as(text).isPositive();
            assertThat(mask.coverage()).hasSize(mask.width() * mask.height());
        }
    }

    @Test
    void emptyTextIsEmpty() {
        assertThat(ink(TextMask.of("", 12))).isZero();
    }

    private static double ink(TextMask mask) {
        double ink = 0;
        for (byte b : mask.coverage()) {
            ink += (b & 0xff) / 255.0;
        }
        return ink;
    }
}
