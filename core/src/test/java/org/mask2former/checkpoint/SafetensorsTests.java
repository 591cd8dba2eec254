package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

class SafetensorsTests {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"tiny-swin", "tiny-swin-odd", "tiny-resnet"})
    void writesWhatTheReferenceWritesByteForByte(String fixture) throws IOException {
        Path original = Fixtures.path(fixture + "/model.safetensors");
        Path copy = folder.resolve("copy.safetensors");
        try (Weights weights = Safetensors.open(original)) {
            Safetensors.write(copy, weights, Safetensors.metadata(original));
        }
        assertThat(Files.mismatch(original, copy)).isEqualTo(-1);
    }

    @Test
    void everyTypeAndAwkwardShapeComesBack() {
        Path file = folder.resolve("types.safetensors");
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (DType dtype : DType.values()) {
            byte[] bytes = new byte[3 * dtype.bytes()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (i * 37 + dtype.ordinal());
            }
            tensors.put("of " + dtype, HostTensor.of(dtype, new int[] {3, 1}, ByteBuffer.wrap(bytes)));
        }
        tensors.put("scalar", HostTensor.of(new float[] {-0f}));
        tensors.put("empty", HostTensor.of(new float[0], 0, 5));
        tensors.put("ünïcode \"quoted\" \n 漢字 🐶", HostTensor.of(new long[] {Long.MIN_VALUE}, 1));
        Safetensors.write(file, tensors);
        try (Weights read = Safetensors.open(file)) {
            assertThat(read.names()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
            tensors.forEach((name, tensor) -> {
                assertThat(read.dtype(name)).isEqualTo(tensor.dtype());
                assertThat(read.shape(name)).isEqualTo(tensor.shape());
                assertThat(read.tensor(name).data()).isEqualTo(tensor.data());
            });
        }
        assertThat(Safetensors.metadata(file)).isEqualTo(Map.of("format", "pt"));
    }

    @Test
    void aFileWithoutTensorsIsAllowed() {
        Path file = folder.resolve("none.safetensors");
        Safetensors.write(file, Map.of());
        try (Weights read = Safetensors.open(file)) {
            assertThat(read.names()).isEmpty();
        }
    }

    @Test
    void aFileOfMoreThanFourGigabytesIsReadPieceByPiece() throws IOException {
        // The file is sparse: it takes no room on disk.
        int half = 1_200_000_000;
        String header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[" + half + "],\"data_offsets\":[0," + half + "]},"
                + "\"b\":{\"dtype\":\"U8\",\"shape\":[" + half + "],\"data_offsets\":[" + half + "," + 2L * half + "]},"
                + "\"c\":{\"dtype\":\"U8\",\"shape\":[" + half + "],\"data_offsets\":[" + 2L * half + "," + 3L * half
                + "]},\"d\":{\"dtype\":\"U8\",\"shape\":[" + half + "],\"data_offsets\":[" + 3L * half + ","
                + 4L * half + "]}}";
        Path file = folder.resolve("large.safetensors");
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] json = header.getBytes(StandardCharsets.UTF_8);
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .array());
            out.write(json);
            out.setLength(8 + json.length + 4L * half);
            out.seek(8 + json.length + 4L * half - 1);
            out.write(42);
        }
        try (Weights read = Safetensors.open(file)) {
            ByteBuffer last = read.tensor("d").data();
            assertThat(last.remaining()).isEqualTo(half);
            assertThat(last.get(half - 1)).isEqualTo((byte) 42);
            assertThat(read.tensor("a").data().get(0)).isZero();
        }
    }

    @Test
    void afterClosingTensorsReadBeforeStayAndNewOnesAreRefused() {
        Weights weights = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"));
        HostTensor bias = weights.tensor("class_predictor.bias");
        weights.close();
        weights.close();
        assertThat(bias.toFloats()).hasSize(8);
        assertThatThrownBy(() -> weights.tensor("class_predictor.bias"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void anUnknownNameIsRefusedByName() {
        try (Weights weights = Safetensors.open(Fixtures.path("tiny-swin/model.safetensors"))) {
            assertThatThrownBy(() -> weights.tensor("nobody"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("tiny-swin")
                    .hasMessageContaining("nobody");
        }
    }

    @Test
    void aFailureWhileWritingLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = folder.resolve("kept.safetensors");
        Safetensors.write(file, Map.of("a", HostTensor.of(new float[] {1, 2, 3}, 3)));
        byte[] before = Files.readAllBytes(file);
        LazyTensor broken = new LazyTensor(DType.F32, new int[] {2}, () -> {
            throw new CheckpointException("the source is gone");
        });
        Weights failing = new LazyWeights("failing", Map.of("b", broken), () -> {});
        assertThatThrownBy(() -> Safetensors.write(file, failing, Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("the source is gone");
        assertThat(file).hasBinaryContent(before);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aTargetThatCannotBeWrittenIsNamed() throws IOException {
        Path notAFolder = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> Safetensors.write(notAFolder.resolve("out.safetensors"), Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("cannot write " + notAFolder.resolve("out.safetensors"));
    }
}
