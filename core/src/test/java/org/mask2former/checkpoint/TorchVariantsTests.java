package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/** Forms of checkpoints that the fixtures lack; {@code variants/make_variants.py} made the files. */
class TorchVariantsTests {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "views.pth",
                "views-legacy.pth",
                "tensors-protocol3.pkl",
                "tensors-protocol4.pkl",
                "tensors-protocol5.pkl"
            })
    void tensorsAreReadHoweverTheyLieInTheirStorage(String file) {
        try (Weights weights = CheckpointFile.open(variant(file))) {
            assertThat(weights.names()).hasSize(17);
            for (String name : weights.names()) {
                HostTensor tensor = weights.tensor(name);
                assertThat(tensor.shape()).as(name).isEqualTo(weights.shape(name));
                assertThat(tensor.dtype()).as(name).isEqualTo(weights.dtype(name));
                switch (name) {
                    case "scalar" -> {
                        assertThat(tensor.shape()).isEmpty();
                        assertThat(tensor.toFloats()).containsExactly(5);
                    }
                    case "empty" -> assertThat(tensor.shape()).containsExactly(0, 3);
                    case "expanded" -> assertThat(tensor.toFloats()).containsExactly(new float[24]);
                    case "offset" -> assertCounts(name, tensor, 24);
                    case "bool" ->
                        assertThat(tensor.toFloats())
                                .startsWith(0, 0)
                                .endsWith(1, 1)
                                .hasSize(24);
                    default -> assertCounts(name, tensor, 2, 3, 4);
                }
            }
            assertThat(weights.dtype("bfloat16")).isEqualTo(DType.BF16);
            assertThat(weights.dtype("half")).isEqualTo(DType.F16);
            assertThat(weights.dtype("int8")).isEqualTo(DType.I8);
            assertThat(weights.dtype("bool")).isEqualTo(DType.BOOL);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"training.pth", "training-legacy.pth"})
    void aTrainingCheckpointGivesItsModelAlone(String file) {
        try (Weights weights = CheckpointFile.open(variant(file))) {
            assertThat(weights.names()).containsExactly("first", "second");
            assertCounts("first", weights.tensor("first"), 2, 3, 4);
            assertThat(weights.tensor("second").toFloats()).startsWith(24).endsWith(47);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void arraysAreReadInEveryProtocol(int protocol) {
        try (Weights weights = CheckpointFile.open(variant("arrays-protocol" + protocol + ".pkl"))) {
            assertThat(weights.names()).hasSize(8);
            for (String name : weights.names()) {
                HostTensor tensor = weights.tensor(name);
                switch (name) {
                    case "scalar" -> assertThat(tensor.toFloats()).containsExactly(5);
                    case "bool" ->
                        assertThat(tensor.toFloats())
                                .startsWith(0, 0)
                                .endsWith(1, 1)
                                .hasSize(24);
                    case "large" -> assertCounts(name, tensor, 3000);
                    default -> assertCounts(name, tensor, 2, 3, 4);
                }
            }
            assertThat(weights.dtype("big_endian_fortran")).isEqualTo(DType.I64);
        }
    }

    /** That a tensor has this shape and the values 0, 1, 2, …. */
    private static void assertCounts(String name, HostTensor tensor, int... shape) {
        assertThat(tensor.shape()).as(name).containsExactly(shape);
        float[] values = tensor.toFloats();
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i]).as(name + " " + i).isEqualTo(i);
        }
    }

    private static Path variant(String file) {
        try {
            return Path.of(Objects.requireNonNull(TorchVariantsTests.class.getResource("variants/" + file))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
