package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mask2former.data.Drawn.row;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Mask2FormerException;

class LabelPngTests {
    private static final int GREY = 0;
    private static final int COLOUR = 2;

    @TempDir
    private Path folder;

    /** Two pixels a row, so that rows end inside a byte. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void greyOfAnyDepthGivesTheStoredNumbers(int bits) throws IOException {
        int high = (1 << bits) - 1;
        byte[] line = bits == 16
                ? new byte[] {(byte) 0xff, (byte) 0xff, 0, 1}
                : bits == 8 ? new byte[] {(byte) 0xff, 1} : new byte[] {(byte) (high << 8 - bits | 1 << 8 - 2 * bits)};
        LabelPng png = LabelPng.read(png(2, 1, bits, GREY, line));
        assertThat(png.values()).containsExactly(high, 1);
        assertThat(png.color()).isFalse();
    }

    @Test
    void aPaletteGivesItsIndices() {
        LabelPng png = LabelPng.read(Drawn.indexed(folder.resolve("a.png"), row(3, 0, 255)));
        assertThat(png.values()).containsExactly(3, 0, 255);
        assertThat(png.color()).isFalse();
    }

    @Test
    void coloursGiveIds() {
        LabelPng png = LabelPng.read(Drawn.rgb(folder.resolve("a.png"), row(0x010203, 0xff0000)));
        assertThat(png.values()).containsExactly(1 + 2 * 256 + 3 * 65536, 255);
        assertThat(LabelPng.rgb(png.values()[0])).isEqualTo(0x010203);
    }

    @Test
    void coloursOfSixteenBitsAreRefused() throws IOException {
        Path file = png(1, 1, 16, COLOUR, new byte[6]);
        assertThatThrownBy(() -> LabelPng.read(file))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage(file + " has colours of 16 bits; ids in colours need 8 bits each");
    }

    @Test
    void aPngThatDeclaresToBeHugeIsRefusedUnread() throws IOException {
        Path file = png(100_000, 100_000, 8, GREY, new byte[10]);
        assertThatThrownBy(() -> LabelPng.read(file))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageStartingWith(file + " declares 100000×100000 pixels, more than the limit of");
    }

    @Test
    void aPngThatIsCutOffIsRefusedWhereverItsPixelsEnd() throws IOException {
        long seed = 7;
        Random random = new Random(seed);
        int[][] rows = new int[60][70];
        for (int[] row : rows) {
            Arrays.setAll(row, x -> random.nextInt(200));
        }
        Path file = Drawn.grey(folder.resolve("a.png"), rows);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length - 20; length += 97) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> LabelPng.read(file))
                    .as("seed %d, %d of %d bytes", seed, length, whole.length)
                    .isInstanceOf(Mask2FormerException.class)
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void whatIsNoPngIsRefused() {
        Path jpeg = Drawn.picture(folder.resolve("a.jpg"), 4, 4);
        assertThatThrownBy(() -> LabelPng.read(jpeg))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessage(jpeg + " is not a PNG, which label maps must be");
        assertThatThrownBy(() -> LabelPng.read(folder.resolve("none.png")))
                .hasMessage("there is no file " + folder.resolve("none.png"));
        assertThatThrownBy(() -> LabelPng.read(folder)).hasMessage("there is no file " + folder);
    }

    /** A PNG of the given head whose rows are all {@code line}, at most three of them. */
    private Path png(int width, int height, int bits, int kind, byte[] line) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(head);
        out.writeInt(width);
        out.writeInt(height);
        out.write(new byte[] {(byte) bits, (byte) kind, 0, 0, 0});
        ByteArrayOutputStream pixels = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(pixels)) {
            for (int y = 0; y < Math.min(3, height); y++) {
                deflater.write(0);
                deflater.write(line);
            }
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        chunk(file, "IHDR", head.toByteArray());
        chunk(file, "IDAT", pixels.toByteArray());
        chunk(file, "IEND", new byte[0]);
        return Files.write(folder.resolve("made.png"), file.toByteArray());
    }

    private static void chunk(ByteArrayOutputStream file, String type, byte[] content) throws IOException {
        DataOutputStream out = new DataOutputStream(file);
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(content);
        out.writeInt(content.length);
        out.write(name);
        out.write(content);
        out.writeInt((int) crc.getValue());
    }
}
