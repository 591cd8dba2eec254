package org.mask2former.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mask2former.checkpoint.Weights;

class PillowResizeTests {
    static Stream<String> goldens() {
        try (Weights goldens = Goldens.open("resize.safetensors")) {
            return goldens.names().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void everyByteIsPillows(String name) {
        int[] sizes =
                Arrays.stream(name.split("[x-]")).mapToInt(Integer::parseInt).toArray();
        try (Weights goldens = Goldens.open("resize.safetensors")) {
            Image resized = PillowResize.resize(Goldens.noise(sizes[0], sizes[1]), sizes[2], sizes[3]);
            Goldens.assertSame(resized, Goldens.image(goldens.tensor(name)));
        }
    }

    /** Large enough for several bands; the hashes are of Pillow's bytes for the same noise. */
    @ParameterizedTest
    @CsvSource({
        "1920, 1080, 1333, 750, d967c1c8ff6f03b9917fe8300203427b8ebd071a7aef82aab15510e6bdcea19c",
        "1000, 3000, 2000, 333, 74b6f7b341a7abc8d1d007ab1b09a70e4a883946f40b123cdc520333ed3811e2",
        "4000, 3000, 61, 47, bce4520572410cb071d39f27799cf91af698a33e8cc1843b2fe7a2df5e0fceb6",
    })
    void everyByteIsPillowsInLargePicturesToo(int width, int height, int newWidth, int newHeight, String sha256)
            throws NoSuchAlgorithmException {
        Image resized = PillowResize.resize(Goldens.noise(width, height), newWidth, newHeight);
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(resized.rgb());
        assertThat(HexFormat.of().formatHex(hash)).isEqualTo(sha256);
    }

    @Test
    void aPictureInItsOwnSizeStaysItself() {
        Image image = Goldens.noise(31, 17);
        assertThat(PillowResize.resize(image, 31, 17)).isSameAs(image);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "100, 3", "3, 100", "17, 31", "400, 400"})
    void aConstantPictureStaysConstant(int width, int height) {
        for (int value : new int[] {0, 1, 127, 254, 255}) {
            byte[] rgb = new byte[3 * 53 * 37];
            Arrays.fill(rgb, (byte) value);
            byte[] resized =
                    PillowResize.resize(Image.ofRgb(53, 37, rgb), width, height).rgb();
            assertThat(resized).hasSize(3 * width * height).containsOnly((byte) value);
        }
    }

    @Test
    void transposedPicturesGiveTransposedResultsUpToTheRoundingBetweenThePasses() {
        Image image = Goldens.noise(40, 23);
        Image resized = PillowResize.resize(image, 71, 11);
        Image transposed = PillowResize.resize(Orientation.upright(image, 5), 11, 71);
        assertThat(Goldens.difference(Orientation.upright(transposed, 5), resized)
                        .max())
                .isLessThanOrEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"0, 5", "5, 0", "-1, 5", "100000, 100000"})
    void impossibleSizesAreRefused(int width, int height) {
        assertThatThrownBy(() -> PillowResize.resize(Goldens.noise(4, 4), width, height))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(width + "×" + height);
    }
}
