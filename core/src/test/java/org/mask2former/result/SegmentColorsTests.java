package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SegmentColorsTests {
    @Test
    void theFirstThingOfAClassHasItsColour() {
        assertThat(SegmentColors.vary(0x123456, 3)).startsWith(0x123456);
        assertThat(SegmentColors.vary(0x123456, 3)).isEqualTo(SegmentColors.vary(0x123456, 3));
    }

    @Test
    void thingsOfOneClassCanBeToldApartAndStayNearItsColour() {
        for (String table : Labels.tables()) {
            for (Label label :
                    Labels.table(table).list().stream().filter(Label::thing).toList()) {
                int[] colors = SegmentColors.vary(label.rgb(), 20);
                for (int i = 0; i < colors.length; i++) {
                    for (int j = 0; j < i; j++) {
                        assertThat(SegmentColors.distance(colors[i], colors[j]))
                                .as("things %d and %d of %s", i, j, label)
                                .isGreaterThan(j == 0 ? 0.05 : 0.01);
                    }
                    assertThat(SegmentColors.distance(colors[i], label.rgb()))
                            .as("thing %d of %s", i, label)
                            .isLessThan(0.45);
                }
            }
        }
    }

    @Test
    void textHasAtLeastTheContrastThatWcagAsksFor() {
        for (int rgb = 0; rgb <= 0xffffff; rgb += 0x0b0d11) {
            double luminance = luminance(rgb);
            double contrast = SegmentColors.isLight(rgb) ? (luminance + 0.05) / 0.05 : 1.05 / (luminance + 0.05);
            assertThat(contrast).as(Integer.toHexString(rgb)).isGreaterThan(4.5);
        }
    }

    @Test
    void shadesLieBetweenTheColourAndWhiteOrBlack() {
        assertThat(SegmentColors.shade(0x204060, 0)).isEqualTo(0x204060);
        assertThat(SegmentColors.shade(0x204060, 1)).isEqualTo(0xffffff);
        assertThat(SegmentColors.shade(0x204060, -1)).isZero();
        assertThat(SegmentColors.shade(0x204060, -0.5)).isEqualTo(0x102030);
    }

    private static double luminance(int rgb) {
        double sum = 0;
        double[] weights = {0.0722, 0.7152, 0.2126};
        for (int i = 0; i < 3; i++) {
            double c = (rgb >> 8 * i & 0xff) / 255.0;
            sum += weights[i] * (c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
        }
        return sum;
    }
}
