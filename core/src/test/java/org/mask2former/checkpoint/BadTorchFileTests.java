package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mask2former.Fixtures;
import org.mask2former.ops.DType;

class BadTorchFileTests {
    @TempDir
    Path folder;

    static Stream<Arguments> files() throws IOException {
        byte[] good = Files.readAllBytes(Fixtures.path("d2-swin-tiny/model_final_torch.pth"));
        byte[] minimal = zip(pickle(tensor("K\u0000", "K\u0002K\u0003\u0086", "K\u0003K\u0001\u0086")));
        String legacy = new String(TorchFile.LEGACY_MAGIC, StandardCharsets.ISO_8859_1);
        return Stream.of(
                bad("a bomb: entries that are compressed", "is compressed", compressed(10_000_000)),
                bad("a bomb: entries that share their bytes", "overlaps what follows", overlapping(minimal)),
                bad("an encrypted entry", "is encrypted", patchCentral(minimal, 8, 1)),
                bad("an entry of 4 GB in a small file", "reaches behind the end", patchSizes(minimal, 0xfffffffeL)),
                bad("an entry at an impossible place", "lies outside of the file", patchCentral(minimal, 44, 0x7f)),
                bad("an entry at the wrong place", "is not where", patchCentral(minimal, 42, 1)),
                bad("more entries than there is room for", "table of contents lies outside", patchEnd(minimal, 10, 3)),
                bad("a broken table of contents", "something else than entries", patchCentral(minimal, 1, 0)),
                bad("a table of contents outside", "lies outside of the file", patchEnd(minimal, 19, 0x7f)),
                bad(
                        "a name that leads out",
                        "leads outside of the archive",
                        zip(Map.of("a/data.pkl", "N.", "../../etc/cron.d/x", "x"))),
                bad("a name from the root", "leads outside of the archive", zip(Map.of("a/data.pkl", "N.", "/x", "x"))),
                bad("a zip of something else", "not one of torch.save", zip(Map.of("word/document.xml", "<a/>"))),
                bad("two pickles", "not one of torch.save", zip(Map.of("a/data.pkl", "N.", "b/data.pkl", "N."))),
                bad("a TorchScript program", "TorchScript", zip(Map.of("a/data.pkl", "N.", "a/code/x.py", "x"))),
                bad(
                        "an archive cut in the middle",
                        "without a table of contents",
                        Arrays.copyOf(good, good.length / 2)),
                bad("an archive cut at its end", "without a table of contents", Arrays.copyOf(good, good.length - 1)),
                bad(
                        "a hostile pickle",
                        "os.system",
                        zip(Map.of("a/data.pkl", "\u0080\u0002cos\nsystem\nX\u0002\u0000\u0000\u0000id\u0085R."))),
                bad(
                        "a storage that is missing",
                        "data/0 is missing",
                        zip(Map.of(
                                "a/data.pkl",
                                pickle(tensor("K\u0000", "K\u0006\u0085", "K\u0001\u0085"))
                                        .get("a/data.pkl")))),
                bad(
                        "a storage that is too short",
                        "has 8 bytes instead of 24",
                        zip(with(pickle(tensor("K\u0000", "K\u0006\u0085", "K\u0001\u0085")), "a/data/0", "12345678"))),
                bad(
                        "a view beyond its storage",
                        "reaches outside its storage",
                        zip(pickle(tensor("K\u0001", "K\u0006\u0085", "K\u0001\u0085")))),
                bad(
                        "strides beyond the storage",
                        "reaches outside its storage",
                        zip(pickle(tensor("K\u0000", "K\u0002K\u0003\u0086", "K\u0004K\u0001\u0086")))),
                bad(
                        "a negative stride",
                        "negative stride",
                        zip(pickle(tensor("K\u0000", "K\u0006\u0085", "J\u00ff\u00ff\u00ff\u00ff\u0085")))),
                bad(
                        "a negative offset",
                        "reaches outside its storage",
                        zip(pickle(tensor("J\u00ff\u00ff\u00ff\u00ff", "K\u0001\u0085", "K\u0001\u0085")))),
                bad(
                        "strides beyond counting",
                        "strides larger",
                        zip(pickle(tensor(
                                "K\u0000",
                                "K\u0009K\u0009\u0086",
                                "\u008a\u0008" + "\u00ff".repeat(7) + "\u007fK\u0001\u0086")))),
                bad(
                        "fewer strides than dimensions",
                        "has 1 strides",
                        zip(pickle(tensor("K\u0000", "K\u0002K\u0003\u0086", "K\u0001\u0085")))),
                bad(
                        "a shape of 10^18 elements by stride 0",
                        "larger than any weight",
                        zip(pickle(tensor(
                                "K\u0000", "J\u0000\u00ca\u009a;J\u0000\u00ca\u009a;\u0086", "K\u0000K\u0000\u0086")))),
                bad(
                        "a storage of another thing",
                        "something else than a storage",
                        zip(Map.of("a/data.pkl", "\u0080\u0002}(X\u0005\u0000\u0000\u0000modelK\u0001Qu."))),
                bad(
                        "a complex tensor",
                        "ComplexFloatStorage",
                        zip(with(
                                pickle(tensor("K\u0000", "K\u0003\u0085", "K\u0001\u0085")
                                        .replace("FloatStorage", "ComplexFloatStorage")
                                        .replace("K\u0006t", "K\u0003t")),
                                "a/data/0",
                                "x".repeat(24)))),
                bad("the older format, cut in its pickles", "ends too early", bytes(legacy)),
                bad(
                        "the older format without storages",
                        "list of storages is missing",
                        bytes(legacy + "\u0080\u0002M\u00e9\u0003.\u0080\u0002}.\u0080\u0002}.\u0080\u0002N.")),
                bad(
                        "the older format with a storage of nobody",
                        "a storage that no tensor uses",
                        bytes(
                                legacy
                                        + "\u0080\u0002M\u00e9\u0003.\u0080\u0002}.\u0080\u0002}.\u0080\u0002]X\u0001\u0000\u0000\u00000a.")),
                bad("a web page", "is a web page", bytes("\n<!DOCTYPE html><html>Sign in</html>")),
                bad(
                        "a pointer of Git LFS",
                        "git lfs pull",
                        bytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 190000000\n")),
                bad("an error of the hub", "is a JSON text", bytes("{\"error\":\"Invalid credentials\"}")),
                bad("a file of gzip", "gzip", bytes("\u001f\u008b\u0008\u0000")),
                bad("a file of Keras", "HDF5", bytes("\u0089HDF\r\n\u001a\n")),
                bad("a tar", "tar archive", bytes("a" + "\0".repeat(256) + "ustar\u000000")),
                bad("anything else", "no checkpoint of a known kind", bytes("GIF89a")),
                bad("nothing", "is empty", new byte[0]));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void isRefused(String name, String what, byte[] content) throws IOException {
        Refusals.assertRefused(Files.write(folder.resolve("bad.bin"), content), what);
    }

    @Test
    void theMinimalArchiveOfTheseTestsIsReadWhereNothingIsWrong() throws IOException {
        byte[] minimal = zip(pickle(tensor("K\u0000", "K\u0003K\u0002\u0086", "K\u0001K\u0003\u0086")));
        try (Weights weights = CheckpointFile.open(Files.write(folder.resolve("good.pth"), minimal))) {
            assertThat(weights.shape("x")).containsExactly(3, 2);
            assertThat(weights.dtype("x")).isEqualTo(DType.F32);
            // 24 bytes "abc…" seen as [2, 3] and transposed.
            assertThat(StandardCharsets.US_ASCII
                            .decode(weights.tensor("x").data())
                            .toString())
                    .isEqualTo("abcdmnopefghqrstijkluvwx");
        }
    }

    @Test
    void everyCutOfAnArchiveIsRefusedWithoutAnAccident() throws IOException {
        byte[] good = zip(pickle(tensor("K\u0000", "K\u0006\u0085", "K\u0001\u0085")));
        for (int length = 0; length < good.length; length++) {
            ByteSource cut = new ByteSource.Heap(Arrays.copyOf(good, length), Path.of("cut.pth"));
            assertThatThrownBy(() -> TorchFile.zip(cut))
                    .as("the first " + length + " bytes")
                    .isInstanceOf(CheckpointException.class);
        }
    }

    @Test
    void noSingleBrokenByteCausesAnAccident() throws IOException {
        byte[] good = zip(pickle(tensor("K\u0000", "K\u0006\u0085", "K\u0001\u0085")));
        for (int at = 0; at < good.length; at++) {
            for (int value = at % 7; value < 256; value += 7) {
                byte[] broken = good.clone();
                broken[at] = (byte) value;
                try { // some bytes do not matter
                    TorchFile.zip(new ByteSource.Heap(broken, Path.of("broken.pth")))
                            .values()
                            .forEach(LazyTensor::read);
                } catch (CheckpointException e) {
                    assertThat(e.getMessage()).as("byte %d is %d", at, value).contains("broken.pth");
                }
            }
        }
    }

    private static Arguments bad(String name, String what, byte[] content) {
        return Arguments.of(name, what, content);
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A call of _rebuild_tensor_v2 on storage 0 of six floats, the parts given as pickle opcodes. */
    private static String tensor(String offset, String shape, String strides) {
        return "ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\u0000\u0000\u0000storagectorch\nFloatStorage\n"
                + "X\u0001\u0000\u0000\u00000X\u0003\u0000\u0000\u0000cpuK\u0006tQ" + offset + shape + strides
                + "\u0089}tR";
    }

    private static Map<String, String> pickle(String tensor) {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("a/data.pkl", "\u0080\u0002}X\u0001\u0000\u0000\u0000x" + tensor + "s.");
        entries.put("a/data/0", "abcdefghijklmnopqrstuvwx");
        return entries;
    }

    private static Map<String, String> with(Map<String, String> entries, String name, String content) {
        entries.put(name, content);
        return entries;
    }

    private static byte[] zip(Map<String, String> entries) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, String> e : entries.entrySet()) {
                byte[] content = bytes(e.getValue());
                CRC32 crc = new CRC32();
                crc.update(content);
                ZipEntry entry = new ZipEntry(e.getKey());
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(content.length);
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                zip.write(content);
            }
        }
        return out.toByteArray();
    }

    private static byte[] compressed(int zeros) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("a/data.pkl"));
            zip.write(new byte[zeros]);
        }
        return out.toByteArray();
    }

    /** Lets the first of two entries reach into the second. */
    private static byte[] overlapping(byte[] zip) {
        byte[] out = zip.clone();
        int at = central(out);
        for (int size : new int[] {20, 24}) {
            out[at + size]++;
        }
        return out;
    }

    private static byte[] patchSizes(byte[] zip, long size) {
        byte[] out = zip.clone();
        int at = central(out);
        for (int i = 0; i < 4; i++) {
            out[at + 20 + i] = (byte) (size >> 8 * i);
            out[at + 24 + i] = (byte) (size >> 8 * i);
        }
        return out;
    }

    private static byte[] patchCentral(byte[] zip, int offset, int value) {
        byte[] out = zip.clone();
        out[central(out) + offset] = (byte) value;
        return out;
    }

    private static byte[] patchEnd(byte[] zip, int offset, int value) {
        byte[] out = zip.clone();
        out[out.length - 22 + offset] = (byte) value;
        return out;
    }

    /** Where the first entry of the table of contents starts. */
    private static int central(byte[] zip) {
        return new String(zip, StandardCharsets.ISO_8859_1).indexOf("PK\u0001\u0002");
    }
}
