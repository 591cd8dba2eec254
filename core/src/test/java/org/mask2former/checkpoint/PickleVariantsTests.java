package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Fixtures;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

class PickleVariantsTests {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "numpy1-protocol2", "numpy1-protocol3", "numpy1-protocol4", "numpy1-protocol5",
                "numpy2-protocol2", "numpy2-protocol3", "numpy2-protocol4", "numpy2-protocol5"
            })
    void everyVariantIsReadExactly(String variant) throws IOException {
        JsonNode expected = new JsonMapper()
                .readTree(Fixtures.path("pickle-variants/expected.json").toFile());
        Path file = Fixtures.path("pickle-variants/" + variant + ".pkl");
        try (Weights weights = CheckpointFile.open(file)) {
            assertThat(weights.names()).containsExactlyElementsOf(names(expected));
            for (String name : weights.names()) {
                JsonNode e = expected.get(name);
                HostTensor tensor = weights.tensor(name);
                assertThat(tensor.dtype())
                        .as(name)
                        .isEqualTo(dtype(e.get("dtype").textValue()));
                assertThat(tensor.shape()).as(name).isEqualTo(weights.shape(name));
                assertThat(tensor.shape()).as(name).isEqualTo(ints(e.get("shape")));
                assertThat(doubles(tensor)).as(name).containsExactly(doubles(e.get("values_row_major")));
            }
        }
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static DType dtype(String name) {
        return switch (name) {
            case "float16" -> DType.F16;
            case "float32" -> DType.F32;
            case "float64" -> DType.F64;
            case "int64" -> DType.I64;
            default -> throw new AssertionError(name);
        };
    }

    private static int[] ints(JsonNode array) {
        int[] ints = new int[array.size()];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = array.get(i).intValue();
        }
        return ints;
    }

    private static double[] doubles(JsonNode array) {
        double[] doubles = new double[array.size()];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = array.get(i).doubleValue();
        }
        return doubles;
    }

    /** All elements, none of them rounded. */
    private static double[] doubles(HostTensor tensor) {
        double[] doubles = new double[(int) tensor.elements()];
        float[] floats = tensor.toFloats();
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = switch (tensor.dtype()) {
                case F64 -> tensor.data().getDouble(8 * i);
                case I64 -> tensor.data().getLong(8 * i);
                default -> floats[i];
            };
        }
        return doubles;
    }
}
