package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mask2former.image.Image;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.train.Pictures.Rectangle;

class BatchSheetTests {
    private static final PreprocessorConfig CONFIG = PreprocessorConfig.DEFAULT;

    @Test
    void picturesStandInRowsWithTheirSegmentsDrawnOverThem() {
        AnnotatedPicture plain = Pictures.annotated(32, 32);
        AnnotatedPicture half = Pictures.annotated(32, 32, new Rectangle(0, 0x000000, 0, 0, 32, 16));
        TrainingSample first = Augmentation.none(32, 32).apply(plain, CONFIG, new SplittableRandom(1));
        TrainingSample second = Augmentation.none(32, 32).apply(half, CONFIG, new SplittableRandom(1));
        Image sheet = BatchSheet.draw(List.of(first, second, first), CONFIG, Pictures.CLASSES.labels());
        assertThat(sheet.width()).isEqualTo(8 + 2 * 40);
        assertThat(sheet.height()).isEqualTo(8 + 2 * 40);
        assertThat(rgb(sheet, 4, 4)).isEqualTo(0xffffff);
        assertThat(rgb(sheet, 20, 20)).isEqualTo(Pictures.BACKGROUND);
        assertThat(rgb(sheet, 64, 36)).isEqualTo(Pictures.BACKGROUND);
        assertThat(rgb(sheet, 20, 60)).isEqualTo(Pictures.BACKGROUND);
        assertThat(rgb(sheet, 60, 60)).isEqualTo(0xffffff);
        int car = Pictures.CLASSES.labels().get(0).rgb();
        for (int c = 0; c < 3; c++) { // black, half covered
            int shown = rgb(sheet, 50, 20) >> 8 * c & 0xff;
            assertThat(shown).isBetween((car >> 8 * c & 0xff) / 2 - 2, (car >> 8 * c & 0xff) / 2 + 2);
        }
    }

    private static int rgb(Image image, int x, int y) {
        return image.toBufferedImage().getRGB(x, y) & 0xffffff;
    }
}
