package org.mask2former.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.Mask2FormerException;

class CocoRleTests {
    private static final int[][] SIZES = {{1, 1}, {1, 7}, {7, 1}, {5, 3}, {31, 65}, {64, 64}, {33, 129}, {130, 63}};

    @Test
    void runsGoDownTheColumnsAndBeginOutside() {
        byte[] mask = {
            1, 0, 0, //
            1, 0, 1
        };
        assertThat(CocoRle.encode(2, 3, mask).counts()).containsExactly(0, 2, 3, 1);
        assertThat(CocoRle.encode(2, 3, new byte[6]).counts()).containsExactly(6);
        assertThat(CocoRle.encode(2, 3, new byte[] {1, 1, 1, 1, 1, 1}).counts()).containsExactly(0, 6);
    }

    @Test
    void decodingGivesBackWhatWasEncoded() {
        forRandomMasks((seed, h, w, mask) -> {
            CocoRle rle = CocoRle.encode(h, w, mask);
            assertThat(rle.decode()).as(seed).isEqualTo(mask);
            boolean[] booleans = new boolean[h * w];
            BitSet bits = new BitSet();
            int[] map = new int[h * w];
            for (int i = 0; i < mask.length; i++) {
                booleans[i] = mask[i] != 0;
                bits.set(i, mask[i] != 0);
                map[i] = mask[i] != 0 ? -7 : i;
            }
            assertThat(CocoRle.encode(h, w, booleans)).as(seed).isEqualTo(rle);
            assertThat(CocoRle.encode(h, w, bits)).as(seed).isEqualTo(rle);
            assertThat(CocoRle.encode(h, w, map, -7)).as(seed).isEqualTo(rle);
        });
    }

    @Test
    void stringsGiveBackTheRuns() {
        forRandomMasks((seed, h, w, mask) -> {
            CocoRle rle = CocoRle.encode(h, w, mask);
            assertThat(CocoRle.parse(h, w, rle.toCountsString())).as(seed).isEqualTo(rle);
        });
        CocoRle huge = new CocoRle(46340, 46340, new int[] {2, 46340 * 46340 - 5, 1, 1, 1});
        assertThat(CocoRle.parse(46340, 46340, huge.toCountsString())).isEqualTo(huge);
    }

    @Test
    void areaAndBoxAreThoseOfThePixels() {
        forRandomMasks((seed, h, w, mask) -> {
            CocoRle rle = CocoRle.encode(h, w, mask);
            int area = 0;
            int left = w;
            int right = -1;
            int top = h;
            int bottom = -1;
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    if (mask[y * w + x] != 0) {
                        area++;
                        left = Math.min(left, x);
                        right = Math.max(right, x);
                        top = Math.min(top, y);
                        bottom = Math.max(bottom, y);
                    }
                }
            }
            assertThat(rle.area()).as(seed).isEqualTo(area);
            assertThat(rle.box())
                    .as(seed)
                    .isEqualTo(area == 0 ? Box.EMPTY : new Box(left, top, right - left + 1, bottom - top + 1));
        });
    }

    @Test
    void setOperationsAreThoseOfThePixels() {
        Random random = new Random(11);
        for (int round = 0; round < 200; round++) {
            int h = 1 + random.nextInt(20);
            int w = 1 + random.nextInt(20);
            byte[] a = mask(random, h, w);
            byte[] b = mask(random, h, w);
            byte[] either = new byte[h * w];
            byte[] both = new byte[h * w];
            byte[] outside = new byte[h * w];
            long common = 0;
            long any = 0;
            long inA = 0;
            for (int i = 0; i < a.length; i++) {
                either[i] = (byte) (a[i] | b[i]);
                both[i] = (byte) (a[i] & b[i]);
                outside[i] = (byte) (1 - a[i]);
                common += both[i];
                any += either[i];
                inA += a[i];
            }
            String as = "seed 11, round " + round;
            CocoRle ra = CocoRle.encode(h, w, a);
            CocoRle rb = CocoRle.encode(h, w, b);
            assertThat(ra.union(rb)).as(as).isEqualTo(CocoRle.encode(h, w, either));
            assertThat(ra.intersection(rb)).as(as).isEqualTo(CocoRle.encode(h, w, both));
            assertThat(ra.complement()).as(as).isEqualTo(CocoRle.encode(h, w, outside));
            assertThat(ra.intersectionArea(rb)).as(as).isEqualTo(common);
            assertThat(ra.iou(rb)).as(as).isEqualTo(common == 0 ? 0 : (double) common / any);
            assertThat(ra.iouWithCrowd(rb)).as(as).isEqualTo(common == 0 ? 0 : (double) common / inA);
        }
    }

    @Test
    void aMaskThatIsMovedHasItsPixelsElsewhereAndLosesThoseOutside() {
        Random random = new Random(6);
        for (int[] size : SIZES) {
            int h = size[0];
            int w = size[1];
            byte[] mask = new byte[h * w];
            for (int i = 0; i < mask.length; i++) mask[i] = (byte) (random.nextInt(3) == 0 ? 1 : 0);
            int right = random.nextInt(2 * w + 1) - w;
            int down = random.nextInt(2 * h + 1) - h;
            byte[] moved = new byte[h * w];
            for (int y = Math.max(0, down); y < Math.min(h, h + down); y++) {
                for (int x = Math.max(0, right); x < Math.min(w, w + right); x++) {
                    moved[y * w + x] = mask[(y - down) * w + x - right];
                }
            }
            assertThat(CocoRle.encode(h, w, mask).shift(right, down))
                    .as("seed 6, %d×%d moved by %d, %d", w, h, right, down)
                    .isEqualTo(CocoRle.encode(h, w, moved));
        }
    }

    @Test
    void onePassOverAMapGivesTheMaskOfEveryId() {
        Random random = new Random(5);
        for (int[] size : SIZES) {
            int[] map = new int[size[0] * size[1]];
            short[] shorts = new short[map.length];
            for (int i = 0; i < map.length; i++) {
                map[i] = random.nextInt(3) == 0 || i == 0 ? random.nextInt(5) - 1 : map[i - 1];
                shorts[i] = (short) map[i];
            }
            SortedMap<Integer, CocoRle> all = CocoRle.encodeAll(size[0], size[1], map);
            assertThat(CocoRle.encodeAll(size[0], size[1], shorts)).isEqualTo(all);
            for (int id = -1; id < 4; id++) {
                CocoRle one = CocoRle.encode(size[0], size[1], map, id);
                assertThat(all.getOrDefault(id, CocoRle.empty(size[0], size[1])))
                        .as("id " + id)
                        .isEqualTo(one);
            }
        }
    }

    /** Expected strings were computed with the COCO API's own C code. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 1 4 1 4 3 1 3                   |  5 |  7 | 623000>",
                "0.5 0.5 9.5 2.25 3 8.75           | 10 | 11 | ;373M1OO1O2N1O1Oc0",
                "-3 -3 20 4 5 20                   | 10 | 12 | 073o1NSN000000",
                "2 2 2 8 2 5                       | 10 | 10 | T3",
                "0 0 12 0 12 10 0 10               | 10 | 12 | 0h3",
                "5 1 9 9 1 4 9 4 1 9               | 10 | 10 | b0150L17OM1MO31MO70N0J19O1"
            })
    void polygonsAreDrawnAsCocoDrawsThem(String points, int height, int width, String expected) {
        double[] xy = Arrays.stream(points.trim().split(" +"))
                .mapToDouble(Double::parseDouble)
                .toArray();
        assertThat(CocoRle.ofPolygons(height, width, List.of(xy)).toCountsString())
                .isEqualTo(expected);
    }

    /** The hash is of the strings that the COCO API's own C code makes of the same 2,000 polygons. */
    @Test
    void randomPolygonsBeyondTheBordersAreDrawnAsCocoDrawsThem() {
        int[] state = {12345};
        IntUnaryOperator next = bound -> {
            state[0] = (int) (state[0] * 1103515245L + 12345 & 0x7fffffff);
            return state[0] % bound;
        };
        MessageDigest digest = sha256();
        for (int i = 0; i < 2000; i++) {
            int h = 1 + next.applyAsInt(60);
            int w = 1 + next.applyAsInt(60);
            double[] xy = new double[2 * (3 + next.applyAsInt(8))];
            for (int j = 0; j < xy.length; j++) xy[j] = next.applyAsInt(1000) / 10.0 - 20;
            update(digest, CocoRle.ofPolygons(h, w, List.of(xy)));
        }
        assertThat(HexFormat.of().formatHex(digest.digest()))
                .isEqualTo("1de7df9d1cc79ea8140385b6dae84f0ca78737f7c5aa5db2155393ea49730d2e");
    }

    /** The hash is of the strings that the COCO API's own C code makes of the same polygons. */
    @Test
    void polygonsOfCocoAreDrawnAsCocoDrawsThem() throws IOException {
        JsonNode root = json("golden/ap/instances_val2014_100.json");
        Map<Integer, JsonNode> images = new HashMap<>();
        root.get("images").forEach(image -> images.put(image.get("id").intValue(), image));
        MessageDigest digest = sha256();
        int polygons = 0;
        for (JsonNode annotation : root.get("annotations")) {
            JsonNode image = images.get(annotation.get("image_id").intValue());
            int h = image.get("height").intValue();
            int w = image.get("width").intValue();
            if (annotation.get("segmentation").isArray()) {
                for (JsonNode polygon : annotation.get("segmentation")) {
                    double[] xy = new double[polygon.size()];
                    for (int i = 0; i < xy.length; i++) xy[i] = polygon.get(i).doubleValue();
                    update(digest, CocoRle.ofPolygons(h, w, List.of(xy)));
                    polygons++;
                }
            } else {
                int[] counts = new ObjectMapper().convertValue(annotation.at("/segmentation/counts"), int[].class);
                CocoRle crowd = new CocoRle(h, w, counts);
                assertThat(CocoRle.encode(h, w, crowd.decode())).isEqualTo(crowd);
            }
        }
        assertThat(polygons).isEqualTo(939);
        assertThat(HexFormat.of().formatHex(digest.digest()))
                .isEqualTo("d7bd9e3fc30f35772bffc924e54f1a9cdc1c75bcc3132dd184f642c217264c13");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nuclei/instances_val.json", "golden/ap/instances_val2014_fakesegm100_results.json"})
    void stringsOfRealFilesComeBackByteForByte(String file) throws IOException {
        JsonNode root = json(file);
        int strings = 0;
        for (JsonNode annotation : root.isArray() ? root : root.get("annotations")) {
            JsonNode segmentation = annotation.get("segmentation");
            String counts = segmentation.get("counts").textValue();
            CocoRle rle = CocoRle.parse(
                    segmentation.at("/size/0").intValue(),
                    segmentation.at("/size/1").intValue(),
                    counts);
            assertThat(rle.toCountsString()).isEqualTo(counts);
            if (annotation.has("area")) {
                assertThat(rle.area()).isEqualTo(annotation.get("area").longValue());
                Box box = rle.box();
                assertThat(List.of(box.x(), box.y(), box.width(), box.height()))
                        .isEqualTo(List.of(
                                annotation.at("/bbox/0").intValue(),
                                annotation.at("/bbox/1").intValue(),
                                annotation.at("/bbox/2").intValue(),
                                annotation.at("/bbox/3").intValue()));
            }
            strings++;
        }
        assertThat(strings).isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "4 | 4 | ''        | sum to 16 pixels, but they sum to 0",
                "4 | 4 | 5         | sum to 16 pixels, but they sum to 5",
                "4 | 4 | ' @'      | is not one of",
                "4 | 4 | 1p        | is not one of",
                "4 | 4 | 1P        | ends inside a number",
                "4 | 4 | oooooooo0 | longer than any run",
                "4 | 4 | 000M      | a run of -3 pixels",
                "0 | 4 | 0         | cannot be 4×0",
                "50000 | 50000 | 0 | cannot be 50000×50000"
            })
    void malformedStringsGiveOneClearError(int height, int width, String counts, String message) {
        assertThatThrownBy(() -> CocoRle.parse(height, width, counts))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining(message);
    }

    @Test
    void malformedRunsAndPolygonsGiveOneClearError() {
        assertThatThrownBy(() -> new CocoRle(2, 2, new int[] {5, -1}))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("a run of -1 pixels");
        assertThatThrownBy(() -> new CocoRle(2, 2, new int[] {3}))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("sum to 4 pixels, but they sum to 3");
        assertThatThrownBy(() -> CocoRle.ofPolygons(4, 4, List.of(new double[] {1, 1, 2, 2})))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("at least three points");
        assertThatThrownBy(() -> CocoRle.ofPolygons(4, 4, List.of(new double[] {1, 1, 2, 2, Double.NaN, 3})))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("cannot be NaN");
        assertThatThrownBy(() -> CocoRle.empty(2, 2).union(CocoRle.empty(2, 3)))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("different sizes");
    }

    private interface MaskTest {
        void run(String seed, int height, int width, byte[] mask);
    }

    private static void forRandomMasks(MaskTest test) {
        for (int[] size : SIZES) {
            for (int seed = 0; seed < 20; seed++) {
                byte[] mask = mask(new Random(seed), size[0], size[1]);
                test.run("seed " + seed + ", " + size[1] + "×" + size[0], size[0], size[1], mask);
            }
        }
    }

    /** From empty over blobs to noise to full. */
    private static byte[] mask(Random random, int height, int width) {
        byte[] mask = new byte[height * width];
        int change = random.nextInt(12);
        int bias = random.nextInt(4);
        for (int i = 0; i < mask.length; i++) {
            boolean copy = i > 0 && random.nextInt(12) < change;
            mask[i] = copy ? mask[i - 1] : (byte) (random.nextInt(3) < bias ? 1 : 0);
        }
        return mask;
    }

    private static JsonNode json(String name) throws IOException {
        Optional<Path> file = Fixtures.data(name);
        assumeThat(file).as("the data set " + name + " is here").isPresent();
        return new ObjectMapper().readTree(file.orElseThrow().toFile());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void update(MessageDigest digest, CocoRle rle) {
        digest.update((rle.toCountsString() + "\n").getBytes(StandardCharsets.US_ASCII));
    }
}
