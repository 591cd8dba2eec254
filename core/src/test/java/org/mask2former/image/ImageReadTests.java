package org.mask2former.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mask2former.checkpoint.Weights;

class ImageReadTests {
    static Stream<String> pictures() {
        try (Weights goldens = Goldens.open("pictures.safetensors")) {
            return goldens.names().stream();
        }
    }

    static Stream<String> exactPictures() {
        return pictures().filter(name -> !name.startsWith("lossy") && !name.startsWith("rgb565"));
    }

    static Stream<String> lossyWebpPictures() {
        return pictures().filter(name -> name.startsWith("lossy"));
    }

    @ParameterizedTest
    @MethodSource("exactPictures")
    void readsTheSamePixelsAsPillow(String name) {
        Goldens.assertSame(Image.read(Goldens.path("pictures/" + name)), expected(name));
    }

    @ParameterizedTest
    @MethodSource("pictures")
    void theHeadTellsTheSizeOfTheUprightPicture(String name) {
        Path file = Goldens.path("pictures/" + name);
        Image image = Image.read(file);
        assertThat(Image.size(file)).isEqualTo(new PictureSize(image.width(), image.height()));
    }

    /** Of 5 or 6 bits, Pillow rounds down to 8 and Java to the nearest. */
    @Test
    void readsSixteenBitColoursWithinOneLevelOfPillow() {
        Image image = Image.read(Goldens.path("pictures/rgb565-top-down.bmp"));
        assertThat(Goldens.difference(image, expected("rgb565-top-down.bmp")).max())
                .isLessThanOrEqualTo(1);
    }

    /** libwebp smooths the colours of neighbouring blocks, TwelveMonkeys does not. */
    @ParameterizedTest
    @MethodSource("lossyWebpPictures")
    void readsNearlyTheSamePixelsAsPillowFromLossyWebp(String name) {
        Image image = Image.read(Goldens.path("pictures/" + name));
        assertThat(Goldens.difference(image, expected(name)).mean()).isLessThan(4);
    }

    @Test
    void theContentCountsAndNotTheName(@TempDir Path folder) throws IOException {
        byte[] png = Files.readAllBytes(Goldens.path("pictures/rgb.png"));
        Path misnamed = Files.write(folder.resolve("picture.jpg"), png);
        Goldens.assertSame(Image.read(misnamed), expected("rgb.png"));
        Goldens.assertSame(Image.read(png, "from memory"), expected("rgb.png"));
        Goldens.assertSame(Image.read(new ByteArrayInputStream(png), "a stream"), expected("rgb.png"));
    }

    @Test
    void manyThreadsReadAtOnce() throws Exception {
        String[] names = exactPictures().toArray(String[]::new);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Callable<Void> all = () -> {
                for (String name : names) {
                    Goldens.assertSame(Image.read(Goldens.path("pictures/" + name)), expected(name));
                }
                return null;
            };
            for (Future<Void> done : threads.invokeAll(Collections.nCopies(4, all))) {
                done.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    private static Image expected(String name) {
        try (Weights goldens = Goldens.open("pictures.safetensors")) {
            return Goldens.image(goldens.tensor(name));
        }
    }
}
