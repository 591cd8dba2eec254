package org.mask2former.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures that are none, or broken, or hostile: each is refused in one line that says what is wrong with it. */
class BadPictureTests {
    static List<Arguments> badPictures() throws IOException {
        byte[] jpeg = encoded("jpeg");
        byte[] png = encoded("png");
        byte[] gif = encoded("gif");
        byte[] bmp = encoded("bmp");
        byte[] tiff = encoded("tiff");
        byte[] webp = Files.readAllBytes(Goldens.path("pictures/lossless.webp"));
        return List.of(
                arguments("no bytes", new byte[0], "it is empty (0 bytes)"),
                arguments("one byte", new byte[] {(byte) 0xFF}, "no picture of a known format"),
                arguments("zeros", new byte[1000], "no picture of a known format"),
                arguments("random bytes", random(4000), "no picture of a known format"),
                arguments("text", ascii("hello"), "JPEG, PNG, WebP, TIFF, BMP and GIF are read"),
                arguments("text that begins like BMP", ascii("BMW is a maker of cars and motorcycles"), "no picture"),
                arguments("a web page", ascii("\n <!DOCTYPE html><html>404</html>"), "it is a web page"),
                arguments("a web page after a byte order mark", ascii("\u00EF\u00BB\u00BF<html>"), "it is a web page"),
                arguments("SVG", ascii("<?xml version=\"1.0\"?><svg xmlns=\"…\"/>"), "it is an SVG drawing"),
                arguments("PDF", ascii("%PDF-1.7"), "it is a PDF document"),
                arguments("Git LFS", ascii("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
                arguments("HEIC", ascii("\0\0\0\u0018ftypheic\0\0\0\0"), "it is a HEIC picture"),
                arguments("AVIF", ascii("\0\0\0\u0018ftypavif\0\0\0\0"), "it is an AVIF picture"),
                arguments("MP4", ascii("\0\0\0\u0018ftypisom\0\0\0\0"), "it is a video"),
                arguments("JPEG 2000", ascii("\0\0\0\u000CjP  \r\n"), "it is a JPEG 2000 picture"),
                arguments("JPEG XL", ascii("\u00FF\n\0\0\0"), "it is a JPEG XL picture"),
                arguments("Photoshop", ascii("8BPS\0\1"), "it is a Photoshop document"),
                arguments("ZIP", ascii("PK\3\4"), "it is a ZIP archive"),
                arguments("gzip", ascii("\u001F\u008B\b"), "compressed with gzip"),
                arguments("Netpbm", ascii("P6\n1 1\n255\n"), "it is a Netpbm picture"),
                arguments("JPEG cut in its header", Arrays.copyOf(jpeg, 100), "it is cut off"),
                arguments("JPEG cut in the middle", Arrays.copyOf(jpeg, jpeg.length / 2), "it is cut off"),
                arguments("JPEG without its last byte", Arrays.copyOf(jpeg, jpeg.length - 1), "it is cut off"),
                arguments("JPEG of an end only", ascii("\u00FF\u00D8\u00FF\u00D9"), "a JPEG without a picture"),
                arguments("JPEG bomb", jpegOf(jpeg, 65000, 65000), "it declares 65000×65000 pixels"),
                arguments("JPEG without height", jpegOf(jpeg, 40, 0), "40×0 pixels"),
                arguments("JPEG of 12 bits", jpegWith(jpeg, 4, 12), "a JPEG with 12 bits"),
                arguments("lossless JPEG", jpegWith(jpeg, 1, 0xC3), "lossless or arithmetic-coded"),
                arguments("JPEG with 2 components", jpegWith(jpeg, 9, 2), "a JPEG with 2 components"),
                arguments("PNG signature alone", Arrays.copyOf(png, 8), "a PNG without pixels"),
                arguments("PNG cut in its header", Arrays.copyOf(png, 20), "it is cut off (a PNG header)"),
                arguments("PNG cut in its pixels", Arrays.copyOf(png, png.length - 40), "inside its pixels"),
                arguments("PNG with garbled pixels", garbled(png, png.length - 60), "it is damaged ("),
                arguments("PNG bomb", pngOf(100_000, 100_000, 1000), "it declares 100000×100000 pixels"),
                arguments("PNG with far too little data", pngOf(16_000, 16_000, 10), "not enough data"),
                arguments("PNG with a little too little data", pngOf(50, 50, 100), "it is damaged ("),
                arguments("PNG of no width", pngOf(0, 5, 100), "a PNG of 0×5 pixels"),
                arguments("PNG of negative height", pngOf(5, -5, 100), "a PNG of 5×-5 pixels"),
                arguments("PNG with a chunk of 2 GB", pngWithLength(png, Integer.MAX_VALUE), "it is cut off"),
                arguments("PNG with a chunk of -1 bytes", pngWithLength(png, -1), "it is cut off"),
                arguments("GIF cut in its header", Arrays.copyOf(gif, 9), "it is cut off"),
                arguments("GIF cut in its frame", Arrays.copyOf(gif, gif.length - 20), "inside its first frame"),
                arguments("GIF without a frame", ascii("GIF89a\5\0\5\0\0\0\0\u003B"), "a GIF without a picture"),
                arguments("GIF bomb", patched(gif, 6, 0xFF, 0xFF, 0xFF, 0xFF), "it declares 65535×65535 pixels"),
                arguments("BMP cut in its header", Arrays.copyOf(bmp, 30), "it is cut off"),
                arguments("BMP cut in its pixels", Arrays.copyOf(bmp, bmp.length - 500), "it is cut off"),
                arguments("BMP bomb", patched(bmp, 18, 0, 0, 1, 0, 0, 0, 1), "it is cut off (a BMP of 65536×"),
                arguments("TIFF of a header only", Arrays.copyOf(tiff, 8), "damaged"),
                arguments("TIFF cut in its pixels", Arrays.copyOf(tiff, tiff.length / 2), "it is "),
                arguments("TIFF of another page order", ascii("II*\0\u00FF\u00FF\u00FF\u007F"), "it is "),
                arguments("TIFF of floats", Files.readAllBytes(Goldens.path("pictures/float.tif")), "floating-point"),
                arguments("WebP cut off", Arrays.copyOf(webp, webp.length - 300), "of which " + (webp.length - 300)),
                arguments("WebP of a header only", Arrays.copyOf(webp, 12), "it is cut off"),
                arguments("WebP of an unknown kind", patched(webp, 12, 'V', 'P', '9', ' '), "it is damaged ("));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badPictures")
    void isRefusedInOneLine(String what, byte[] data, String complaint) {
        assertThatThrownBy(() -> Image.read(data, "holiday.jpg"))
                .as(what)
                .isInstanceOf(ImageException.class)
                .message()
                .startsWith("cannot read picture holiday.jpg: it")
                .contains(complaint)
                .hasSizeLessThan(250)
                .doesNotContain("\n", "Exception", "java.");
    }

    @Test
    void filesThatAreNoneAreNamedWithWhatToDo(@TempDir Path folder) throws IOException {
        assertThatThrownBy(() -> Image.read(folder.resolve("none.png")))
                .isInstanceOf(ImageException.class)
                .hasMessage(
                        "cannot read picture " + folder.resolve("none.png") + ": it does not exist; check the path");
        assertThatThrownBy(() -> Image.read(folder))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("it is a folder; name the pictures in it");
        Path empty = Files.createFile(folder.resolve("empty.png"));
        assertThatThrownBy(() -> Image.read(empty)).hasMessageContaining("it is empty");
    }

    @Test
    void aStreamThatBreaksIsNamed() {
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection reset");
            }
        };
        assertThatThrownBy(() -> Image.read(broken, "https://example.org/a.jpg"))
                .isInstanceOf(ImageException.class)
                .hasMessage("cannot read picture https://example.org/a.jpg: connection reset");
    }

    @Test
    void limitsHoldForEveryWayOfReading(@TempDir Path folder) throws IOException {
        byte[] png = encoded("png");
        Path file = Files.write(folder.resolve("a.png"), png);
        ReadLimits fewPixels = new ReadLimits(40 * 30 - 1, 1 << 20);
        ReadLimits fewBytes = new ReadLimits(1000, png.length - 1);
        ReadLimits enough = new ReadLimits(40 * 30, png.length);
        for (ReadLimits limits : List.of(fewPixels, fewBytes)) {
            assertThatThrownBy(() -> Image.read(file, limits)).hasMessageContaining("limit of");
            assertThatThrownBy(() -> Image.read(png, "a", limits)).hasMessageContaining("limit of");
            assertThatThrownBy(() -> Image.read(new ByteArrayInputStream(png), "a", limits))
                    .hasMessageContaining("limit of");
        }
        assertThat(Image.read(file, enough).width()).isEqualTo(40);
        assertThat(Image.read(png, "a", enough).width()).isEqualTo(40);
        assertThat(Image.read(new ByteArrayInputStream(png), "a", enough).width())
                .isEqualTo(40);
    }

    @Test
    void theKindOfTroubleIsTold(@TempDir Path folder) throws IOException {
        byte[] png = encoded("png");
        assertKind(() -> Image.read(new byte[] {1, 2, 3}, "a"), ImageException.Kind.UNKNOWN_FORMAT);
        assertKind(() -> Image.read(Arrays.copyOf(png, png.length / 2), "a"), ImageException.Kind.DAMAGED);
        assertKind(() -> Image.read(png, "a", new ReadLimits(1, 1 << 20)), ImageException.Kind.TOO_LARGE);
        assertKind(() -> Image.read(png, "a", new ReadLimits(1 << 20, 10)), ImageException.Kind.TOO_LARGE);
        assertKind(() -> Image.read(folder.resolve("none.png")), ImageException.Kind.OTHER);
    }

    private static void assertKind(ThrowingCallable reading, ImageException.Kind kind) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        ImageException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void impossibleLimitsAreRefused() {
        assertThatThrownBy(() -> new ReadLimits(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ReadLimits(1L << 40, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ReadLimits(1, 1L << 40)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aBombInATextOfAPngIsNeverUnpacked() throws IOException {
        byte[] png = encoded("png");
        byte[] zeros = deflated(200_000_000);
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        bomb.write(png, 0, 33);
        bomb.write(chunk("zTXt", concatenated(ascii("Comment\0\0"), zeros)));
        bomb.write(chunk("iCCP", concatenated(ascii("profile\0\0"), zeros)));
        bomb.write(png, 33, png.length - 33);
        long before = System.nanoTime();
        Goldens.assertSame(Image.read(bomb.toByteArray(), "bomb"), Image.read(png, "plain"));
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
    }

    /** Whatever happens to a file, it is read or refused; nothing else ever comes out. */
    @Test
    void damagedFilesAreReadOrRefused() throws IOException {
        long seed = 20261121;
        Random random = new Random(seed);
        List<Path> files;
        try (Stream<Path> all = Files.list(Goldens.path("pictures"))) {
            files = all.sorted().toList();
        }
        assertThat(files).hasSizeGreaterThan(50);
        for (Path file : files) {
            byte[] whole = Files.readAllBytes(file);
            for (int i = 0; i < 20; i++) {
                byte[] damaged = i % 2 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
                for (int flips = random.nextInt(4); i % 2 == 1 && flips >= 0; flips--) {
                    damaged[random.nextInt(i % 4 == 1 ? whole.length : Math.min(whole.length, 200))] =
                            (byte) random.nextInt(256);
                }
                readOrRefuse(damaged, file.getFileName() + ", damage " + i + " of seed " + seed);
            }
        }
    }

    private static void readOrRefuse(byte[] data, String what) {
        try {
            Image.read(data, "x", new ReadLimits(10_000_000, 1 << 20));
        } catch (ImageException e) {
            assertThat(e.getMessage()).as(what).hasSizeLessThan(250).doesNotContain("\n");
        } catch (RuntimeException | Error e) {
            fail(what + " ended in " + e, e);
        }
    }

    @Test
    void aJpegThatIsCutAnywhereIsNeverTakenForAWholeOne() throws IOException {
        byte[] jpeg = encoded("jpeg");
        for (int length = 0; length < jpeg.length; length += 7) {
            byte[] cut = Arrays.copyOf(jpeg, length);
            assertThatThrownBy(() -> Image.read(cut, "cut")).isInstanceOf(ImageException.class);
        }
    }

    private static byte[] encoded(String format) throws IOException {
        BufferedImage image = Goldens.noise(40, 30).toBufferedImage();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).as(format).isTrue();
        return out.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    private static byte[] garbled(byte[] data, int at) {
        byte[] copy = data.clone();
        Arrays.fill(copy, at, at + 20, (byte) 0x55);
        return copy;
    }

    private static byte[] patched(byte[] data, int at, int... bytes) {
        byte[] copy = data.clone();
        for (int i = 0; i < bytes.length; i++) {
            copy[at + i] = (byte) bytes[i];
        }
        return copy;
    }

    /** Changes a byte counted from the marker of the frame header. */
    private static byte[] jpegWith(byte[] jpeg, int offset, int value) {
        return patched(jpeg, frame(jpeg) + offset, value);
    }

    private static byte[] jpegOf(byte[] jpeg, int width, int height) {
        return patched(jpeg, frame(jpeg) + 5, height >> 8, height & 0xFF, width >> 8, width & 0xFF);
    }

    private static int frame(byte[] jpeg) {
        for (int i = 0; i < jpeg.length; i++) {
            if (jpeg[i] == (byte) 0xFF && jpeg[i + 1] == (byte) 0xC0) {
                return i;
            }
        }
        throw new IllegalStateException("no baseline JPEG");
    }

    /** An RGB PNG whose pixels unpack to {@code raw} zeros. */
    private static byte[] pngOf(int width, int height, int raw) throws IOException {
        byte[] header = ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
        return concatenated(
                ascii("\u0089PNG\r\n\u001A\n"), chunk("IHDR", header), chunk("IDAT", deflated(raw)), chunk("IEND"));
    }

    private static byte[] pngWithLength(byte[] png, int length) {
        return patched(png, 33, length >>> 24, length >> 16 & 0xFF, length >> 8 & 0xFF, length & 0xFF);
    }

    private static byte[] chunk(String type, byte... content) {
        CRC32 crc = new CRC32();
        crc.update(ascii(type));
        crc.update(content);
        return ByteBuffer.allocate(content.length + 12)
                .putInt(content.length)
                .put(ascii(type))
                .put(content)
                .putInt((int) crc.getValue())
                .array();
    }

    private static byte[] deflated(int zeros) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (DeflaterOutputStream deflate = new DeflaterOutputStream(out, deflater)) {
            byte[] block = new byte[1 << 16];
            for (int left = zeros; left > 0; left -= block.length) {
                deflate.write(block, 0, Math.min(left, block.length));
            }
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }

    private static byte[] concatenated(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
