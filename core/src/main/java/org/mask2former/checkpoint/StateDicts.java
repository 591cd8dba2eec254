package org.mask2former.checkpoint;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the state dict, names to tensors, in what a checkpoint's pickle holds. */
final class StateDicts {
    /** Where training tools put the state dict; Detectron2, Lightning and mmengine, and others. */
    private static final List<String> WRAPPERS = List.of("model", "state_dict", "model_state_dict", "module");

    private StateDicts() {}

    /** @throws CheckpointException if there is no state dict, or a tensor in it is of a type that is not supported */
    static Map<String, LazyTensor> find(Path file, Object root) {
        Object at = root;
        for (int depth = 0; depth < WRAPPERS.size() && at instanceof Map<?, ?> map; depth++) {
            @Nullable
            Object inner = WRAPPERS.stream()
                    .map(map::get)
                    .filter(value -> value instanceof Map<?, ?>)
                    .findFirst()
                    .orElse(null);
            if (inner == null) {
                break;
            }
            at = inner;
        }
        if (!(at instanceof Map<?, ?> dictionary)) {
            throw new CheckpointException(file + " holds a single " + describe(root)
                    + " instead of a dictionary of weights; save the model's state_dict()");
        }
        Map<String, LazyTensor> tensors = new LinkedHashMap<>();
        dictionary.forEach((key, value) -> {
            if (key instanceof String name && value instanceof PickledTensor tensor) {
                tensors.put(name, lazy(name, tensor));
            }
        });
        if (tensors.isEmpty()) {
            String keys = dictionary.keySet().stream()
                    .limit(5)
                    .map(key -> key instanceof String s ? s : describe(key))
                    .collect(Collectors.joining(", "));
            throw new CheckpointException(file + " holds no weights: "
                    + (keys.isEmpty() ? "its dictionary is empty" : "its dictionary has " + keys)
                    + ", where tensors by name are expected; save the model's state_dict()");
        }
        return tensors;
    }

    private static LazyTensor lazy(String name, PickledTensor tensor) {
        try {
            return tensor.lazy();
        } catch (CheckpointException e) {
            throw new CheckpointException(e.getMessage() + " (tensor " + name + ")", e);
        }
    }

    private static String describe(Object value) {
        if (value instanceof PickledTensor) {
            return "tensor";
        }
        if (value instanceof Map<?, ?>) {
            return "dictionary";
        }
        if (value instanceof Number) {
            return "number";
        }
        if (value instanceof String || value instanceof PickleValue.Text) {
            return "text";
        }
        boolean isList = value instanceof Collection<?> || value instanceof PickleValue.Tuple;
        return isList ? "list" : "Python object";
    }
}
