package org.mask2former.checkpoint;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mask2former.checkpoint.PickleValue.Global;
import org.mask2former.checkpoint.PickleValue.None;
import org.mask2former.checkpoint.PickleValue.Tuple;

/**
 * The constructors a checkpoint needs, and no others: a name that is not listed here ends the reading, so that a pickle
 * can run nothing. What is listed makes plain data.
 */
final class PickleConstructors {
    private interface Constructor {
        Object call(List<Object> arguments);
    }

    private static final String LOAD_FROM_BYTES = "torch.storage._load_from_bytes";

    private final Path file;
    private final Map<String, Constructor> constructors = new LinkedHashMap<>();

    /** @param nested whether the pickle lies inside another one's bytes; it may then hold no further one */
    PickleConstructors(Path file, boolean nested) {
        this.file = file;
        containers();
        numpy();
        torch();
        if (nested) {
            constructors.remove(LOAD_FROM_BYTES);
        }
    }

    boolean isKnown(String module, String name) {
        return constructors.containsKey(module + "." + name)
                || module.equals("torch") && (TorchTensor.isType(name) || TorchStorage.isType(name))
                || (module.equals("torch.cuda") || module.equals("torch.storage")) && TorchStorage.isType(name);
    }

    Object call(Global callee, List<Object> arguments) {
        Constructor constructor = constructors.get(callee.qualified());
        if (constructor == null) {
            throw Failures.damaged(file, callee.qualified() + ", which is no function, is called");
        }
        try {
            return constructor.call(arguments);
        } catch (IndexOutOfBoundsException | ClassCastException e) {
            throw Failures.damaged(file, callee.qualified() + " is called with arguments it does not take");
        }
    }

    private void put(List<String> names, Constructor constructor) {
        names.forEach(name -> constructors.put(name, constructor));
    }

    private void containers() {
        put(List.of("collections.OrderedDict", "builtins.dict", "__builtin__.dict"), this::dictionary);
        put(List.of("collections.Counter"), this::dictionary);
        put(List.of("collections.defaultdict"), a -> dictionary(a.subList(Math.min(1, a.size()), a.size())));
        put(
                List.of("builtins.list", "__builtin__.list"),
                a -> a.isEmpty() ? new ArrayList<>() : new ArrayList<>(items(a.get(0))));
        put(List.of("builtins.set", "__builtin__.set", "builtins.frozenset", "__builtin__.frozenset"), a -> {
            LinkedHashSet<Object> set = new LinkedHashSet<>();
            if (!a.isEmpty()) {
                items(a.get(0)).forEach(item -> set.add(key(item)));
            }
            return set;
        });
        put(List.of("builtins.bytes", "__builtin__.bytes", "builtins.bytearray", "__builtin__.bytearray"), this::bytes);
        put(List.of("_codecs.encode"), this::encode);
        // Types that are only mentioned, such as a defaultdict's factory.
        for (String type : List.of("int", "float", "bool", "str")) {
            put(List.of("builtins." + type, "__builtin__." + type), a -> a.get(0));
        }
    }

    private Object dictionary(List<Object> arguments) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (!arguments.isEmpty() && arguments.get(0) instanceof Map<?, ?> other) {
            map.putAll(other);
        } else if (!arguments.isEmpty()) {
            for (Object pair : items(arguments.get(0))) {
                map.put(key(items(pair).get(0)), items(pair).get(1));
            }
        }
        return map;
    }

    private Object bytes(List<Object> arguments) {
        if (arguments.isEmpty()) {
            return new PickleValue.Bytes(new ByteSource.Heap(new byte[0], file));
        }
        Object first = arguments.get(0);
        return first instanceof PickleValue.Bytes || first instanceof PickleValue.TextBytes ? first : encode(arguments);
    }

    /** {@code _codecs.encode(text, 'latin1')}, by which protocols before 3 write bytes. */
    private Object encode(List<Object> arguments) {
        if (!"latin1".equals(arguments.get(1)) && !"latin-1".equals(arguments.get(1))) {
            throw Failures.damaged(file, "a text that stands for bytes is not encoded as latin1");
        }
        if (arguments.get(0) instanceof PickleValue.Text text) {
            return new PickleValue.TextBytes(text);
        }
        byte[] bytes = ((String) arguments.get(0)).getBytes(StandardCharsets.ISO_8859_1);
        return new PickleValue.Bytes(new ByteSource.Heap(bytes, file));
    }

    private void numpy() {
        for (String core : List.of("numpy.core.", "numpy._core.")) {
            put(List.of(core + "multiarray._reconstruct"), a -> new NumpyArray(file));
            put(List.of(core + "multiarray.scalar"), a -> NumpyArray.of(file, a.get(1), a.get(0), new int[0], false));
            put(
                    List.of(core + "numeric._frombuffer"),
                    a -> NumpyArray.of(
                            file, a.get(0), a.get(1), TorchTensor.ints(file, a.get(2)), "F".equals(a.get(3))));
        }
        put(List.of("numpy.ndarray"), a -> new NumpyArray(file));
        put(List.of("numpy.dtype"), a -> new NumpyArray.NumpyType((String) a.get(0)));
    }

    private void torch() {
        put(List.of("torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"), this::tensor);
        put(List.of("torch._utils._rebuild_tensor_v3"), this::tensorV3);
        put(List.of("torch._utils._rebuild_parameter", "torch.nn.parameter.Parameter"), a -> a.get(0));
        put(List.of("torch._utils._rebuild_parameter_with_state"), a -> a.get(0));
        put(List.of("torch._tensor._rebuild_from_type_v2"), a -> call((Global) a.get(0), ((Tuple) a.get(2)).items()));
        put(List.of("torch.Tensor"), a -> new PickleValue.Unsupported("torch.Tensor"));
        put(List.of(LOAD_FROM_BYTES), a -> {
            if (a.get(0) instanceof PickleValue.Bytes bytes) {
                return TorchFile.nestedStorage(bytes.source());
            }
            throw new CheckpointException(file + " holds PyTorch tensors inside a pickle of protocol 2,"
                    + " which is not supported; save it with torch.save");
        });
        put(List.of("torch.Size"), a -> a.isEmpty() ? new Tuple(List.of()) : a.get(0));
        put(List.of("torch.device"), a -> a.get(0));
    }

    private Object tensor(List<Object> a) {
        return tensor(a, null);
    }

    private Object tensorV3(List<Object> a) {
        return tensor(a, (Global) a.get(6));
    }

    private Object tensor(List<Object> a, @Nullable Global type) {
        return new TorchTensor(
                file,
                (TorchStorage) a.get(0),
                (Long) a.get(1),
                TorchTensor.ints(file, a.get(2)),
                TorchTensor.longs(file, a.get(3)),
                type);
    }

    /** The items of a list or tuple. */
    private List<?> items(Object value) {
        if (value instanceof Tuple tuple) {
            return tuple.items();
        }
        if (value instanceof List<?> list) {
            return Collections.unmodifiableList(list);
        }
        throw Failures.damaged(file, "a list is expected where something else stands");
    }

    /**
     * A value as a key. Lists and dictionaries are refused, as in Python: hashing one that holds itself would not end.
     */
    Object key(Object value) {
        if (value instanceof List<?> || value instanceof Map<?, ?> || value instanceof Set<?>) {
            throw Failures.damaged(file, "a list or dictionary is used as a key");
        }
        return value;
    }

    /** Gives an object its state, the way BUILD does. */
    void build(Object object, Object state) {
        if (object instanceof NumpyArray array && state instanceof Tuple tuple) {
            array.build(tuple.items());
        } else if (object instanceof NumpyArray.NumpyType type && state instanceof Tuple tuple) {
            type.build(tuple.items());
        } else if (!(object instanceof Map<?, ?> || object instanceof TorchTensor || state instanceof None)) {
            throw Failures.damaged(file, "a state is given to a value that takes none");
        }
        // The attributes of a dictionary (a state dict's _metadata) and of a tensor carry no weights.
    }
}
