package org.mask2former.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageWriteTests {
    @TempDir
    Path folder;

    @Test
    void aPngIsReadBackTheSame() {
        Image image = Goldens.noise(37, 23);
        Path file = folder.resolve("sub/folder/a.PNG");
        image.write(file);
        Goldens.assertSame(Image.read(file), image);
    }

    @Test
    void aPngInMemoryIsReadBackTheSame() {
        Image image = Image.ofRgb(2, 1, new byte[] {1, 2, 3, -1, -2, -3});
        assertThat(Image.read(image.toPng(), "memory").rgb()).isEqualTo(image.rgb());
    }

    @Test
    void aJpegIsReadBackNearlyTheSame() {
        Image image = PillowResize.resize(Goldens.noise(4, 3), 100, 80);
        for (String name : List.of("a.jpg", "a.JPEG")) {
            image.write(folder.resolve(name));
            assertThat(Goldens.difference(Image.read(folder.resolve(name)), image)
                            .mean())
                    .isLessThan(4);
        }
    }

    @Test
    void anExistingFileIsReplacedAndNothingElseIsLeft() throws IOException {
        Path file = Files.writeString(folder.resolve("a.png"), "old");
        Goldens.noise(5, 5).write(file);
        assertThat(Image.read(file).width()).isEqualTo(5);
        assertThat(files()).containsExactly(file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a.gif", "png", "a.png.txt"})
    void aNameThatSaysNoFormatIsRefused(String name) throws IOException {
        assertThatThrownBy(() -> Goldens.noise(5, 5).write(folder.resolve(name)))
                .isInstanceOf(ImageException.class)
                .hasMessage("cannot write picture " + folder.resolve(name)
                        + ": its name must end in .png, .jpg or .jpeg, which says the format");
        assertThat(files()).isEmpty();
    }

    @Test
    void aFolderIsNotOverwritten() throws IOException {
        Path target = Files.createDirectory(folder.resolve("a.png"));
        assertThatThrownBy(() -> Goldens.noise(5, 5).write(target))
                .isInstanceOf(ImageException.class)
                .hasMessage("cannot write picture " + target + ": it is a folder");
        assertThat(files()).containsExactly(target);
    }

    @Test
    void aFileIsNoFolderToWriteInto() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> Goldens.noise(5, 5).write(file.resolve("a.png")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("cannot write picture " + file.resolve("a.png") + ": ");
    }

    @Test
    void aFolderWithoutPermissionIsNamed() throws IOException {
        Path locked = Files.createDirectory(folder.resolve("locked"));
        assumeThat(locked.toFile().setWritable(false)).isTrue();
        assumeThat(Files.isWritable(locked))
                .as("this user may write anywhere, so nothing can be refused")
                .isFalse();
        assertThatThrownBy(() -> Goldens.noise(5, 5).write(locked.resolve("a.png")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("permission denied");
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_INT_RGB,
                BufferedImage.TYPE_INT_ARGB,
                BufferedImage.TYPE_INT_BGR,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_4BYTE_ABGR
            })
    void everyTypeOfBufferedImageGivesTheSamePicture(int type) {
        BufferedImage source = new BufferedImage(7, 5, type);
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 7; x++) {
                source.setRGB(x, y, new Color(30 * x, 40 * y, 200 - x * y).getRGB());
            }
        }
        Image image = Image.of(source);
        for (int i = 0; i < 35; i++) {
            assertThat(image.rgb()[3 * i] & 0xFF).isEqualTo(30 * (i % 7));
            assertThat(image.rgb()[3 * i + 1] & 0xFF).isEqualTo(40 * (i / 7));
            assertThat(image.rgb()[3 * i + 2] & 0xFF).isEqualTo(200 - i % 7 * (i / 7));
        }
    }

    @Test
    void greyIsTakenAsItIsAndNotMadeLighter() {
        BufferedImage bytes = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
        bytes.getRaster().setSample(0, 0, 0, 100);
        assertThat(Image.of(bytes).rgb()).containsExactly(100, 100, 100);
        BufferedImage shorts = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_GRAY);
        shorts.getRaster().setSample(0, 0, 0, 100 * 256 + 255);
        assertThat(Image.of(shorts).rgb()).containsExactly(100, 100, 100);
    }

    @Test
    void aPartOfABufferedImageIsTakenFromItsOwnPlace() {
        BufferedImage whole = Goldens.noise(20, 10).toBufferedImage();
        Image part = Image.of(whole.getSubimage(5, 3, 4, 2));
        assertThat(part.width()).isEqualTo(4);
        assertThat(part.rgb()[0] & 0xFF).isEqualTo(new Color(whole.getRGB(5, 3)).getRed());
        assertThat(part.rgb()[3 * 7 + 2] & 0xFF).isEqualTo(new Color(whole.getRGB(8, 4)).getBlue());
    }

    @Test
    void aCopyStaysWhatItWasWhenTheOriginalChanges() throws IOException {
        Image image = Goldens.noise(6, 4);
        byte[] before = image.rgb().clone();
        BufferedImage copy = image.toBufferedImage();
        Goldens.assertSame(Image.of(copy), image);
        copy.setRGB(0, 0, 0xFF123456);
        assertThat(image.rgb()).isEqualTo(before);

        image.write(folder.resolve("a.png"));
        BufferedImage read = ImageIO.read(folder.resolve("a.png").toFile());
        Image taken = Image.of(read);
        read.getRaster().setSample(0, 0, 0, ~before[0] & 0xFF);
        assertThat(taken.rgb()).isEqualTo(before);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }
}
