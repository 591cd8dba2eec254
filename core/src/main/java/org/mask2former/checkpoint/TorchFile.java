package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mask2former.checkpoint.PickleValue.Global;
import org.mask2former.checkpoint.PickleValue.None;
import org.mask2former.checkpoint.PickleValue.Tuple;

/**
 * What {@code torch.save} writes ({@code .pth}, {@code .pt}, {@code pytorch_model.bin}): since PyTorch 1.6 a zip archive
 * with a pickle and one entry for each storage; before that four pickles, a list of storages and their bytes. Both are
 * read lazily: the storages stay in the file until a tensor is asked for.
 *
 * <p>The formats: PyTorch's {@code torch/serialization.py}.
 */
final class TorchFile {
    /** The start of the older format: PROTO 2, LONG1, and the ten bytes of the magic number, little-endian. */
    static final byte[] LEGACY_MAGIC = {
        (byte) 0x80,
        2,
        (byte) 0x8a,
        10,
        0x6c,
        (byte) 0xfc,
        (byte) 0x9c,
        0x46,
        (byte) 0xf9,
        0x20,
        0x6a,
        (byte) 0xa8,
        0x50,
        0x19,
        '.'
    };

    private TorchFile() {}

    /**
     * Reads the zip format.
     *
     * @throws CheckpointException if the archive or its pickle is damaged or hostile
     */
    static Map<String, LazyTensor> zip(ByteSource file) {
        Path path = file.path();
        Map<String, ByteSource> entries = StoredZip.entries(file);
        String root = root(path, entries);
        @Nullable ByteSource order = entries.get(root + "byteorder");
        boolean bigEndian = order != null && order.size() <= 8 && text(order).equals("big");
        Map<String, TorchStorage> storages = new HashMap<>();
        Function<Object, Object> persistent = id -> storages.computeIfAbsent(key(path, id), key -> {
            TorchStorage storage = storage(path, id);
            @Nullable ByteSource bytes = entries.get(root + "data/" + key);
            if (bytes == null) {
                throw Failures.damaged(path, "its storage data/" + key + " is missing");
            }
            storage.place(bytes, bigEndian);
            return storage;
        });
        ByteSource pickle = Objects.requireNonNull(entries.get(root + "data.pkl"));
        Object value = new Unpickler(new PickleInput(pickle), false, persistent).load();
        return StateDicts.find(path, value);
    }

    /** The archive's one folder, with its slash. */
    private static String root(Path path, Map<String, ByteSource> entries) {
        List<String> roots = entries.keySet().stream()
                .filter(name -> name.equals("data.pkl") || name.endsWith("/data.pkl"))
                .map(name -> name.substring(0, name.length() - "data.pkl".length()))
                .toList();
        if (roots.size() != 1) {
            throw new CheckpointException(path + " is a zip archive, but not one of torch.save, which has one data.pkl;"
                    + " unpack it and name the checkpoint inside");
        }
        if (entries.keySet().stream().anyMatch(name -> name.startsWith(roots.get(0) + "code/"))) {
            throw new CheckpointException(path + " is a TorchScript program, not a checkpoint; save the model's"
                    + " state_dict() with torch.save or as safetensors");
        }
        return roots.get(0);
    }

    private static String text(ByteSource bytes) {
        return StandardCharsets.US_ASCII.decode(bytes.all()).toString();
    }

    /**
     * Reads the older format.
     *
     * @throws CheckpointException if it is damaged or hostile
     */
    static Map<String, LazyTensor> legacy(ByteSource file) {
        return StateDicts.find(file.path(), legacyValue(file, false));
    }

    /** A storage that was itself saved in the older format inside a pickle, as pickling a tensor does. */
    static TorchStorage nestedStorage(ByteSource bytes) {
        if (legacyValue(bytes, true) instanceof TorchStorage storage) {
            return storage;
        }
        throw Failures.damaged(bytes.path(), "something else than a storage stands where a tensor needs one");
    }

    private static Object legacyValue(ByteSource file, boolean nested) {
        Path path = file.path();
        if (file.size() < LEGACY_MAGIC.length
                || !file.slice(0, LEGACY_MAGIC.length).equals(ByteBuffer.wrap(LEGACY_MAGIC))) {
            throw Failures.damaged(path, "it is not what torch.save writes");
        }
        PickleInput in = new PickleInput(file);
        Map<String, TorchStorage> storages = new LinkedHashMap<>();
        Function<Object, Object> persistent = id -> storages.computeIfAbsent(key(path, id), key -> storage(path, id));
        new Unpickler(in, nested, persistent).load(); // the magic number
        new Unpickler(in, nested, persistent).load(); // the format's version, always 1001
        Object system = new Unpickler(in, nested, persistent).load();
        boolean bigEndian = system instanceof Map<?, ?> s && Boolean.FALSE.equals(s.get("little_endian"));
        Object value = new Unpickler(in, nested, persistent).load();
        Object keys = new Unpickler(in, nested, persistent).load();
        if (!(keys instanceof List<?> order)) {
            throw Failures.damaged(path, "its list of storages is missing");
        }
        for (Object key : order) {
            @Nullable TorchStorage storage = key instanceof String ? storages.get(key) : null;
            if (storage == null) {
                throw Failures.damaged(path, "it lists a storage that no tensor uses");
            }
            long elements = in.i64();
            if (elements != storage.elements()) {
                throw Failures.damaged(
                        path, "a storage has " + elements + " elements instead of " + storage.elements());
            }
            storage.place(in.bytes(storage.byteLength()), bigEndian);
        }
        return value;
    }

    /** The key in a reference ("storage", type, key, location, elements[, view]). */
    private static String key(Path path, Object id) {
        return (String) part(path, id, 2, String.class);
    }

    private static TorchStorage storage(Path path, Object id) {
        List<Object> parts = ((Tuple) id).items();
        if (parts.size() > 5 && !(parts.get(5) instanceof None)) {
            throw new CheckpointException(
                    path + " was saved by a PyTorch older than 0.4, whose views of storages are not"
                            + " supported; load it in a newer one and save it anew");
        }
        return TorchStorage.of(path, (Global) part(path, id, 1, Global.class), (Long) part(path, id, 4, Long.class));
    }

    private static Object part(Path path, Object id, int index, Class<?> type) {
        if (!(id instanceof Tuple tuple)
                || tuple.items().size() < 5
                || !"storage".equals(tuple.items().get(0))
                || !type.isInstance(tuple.items().get(index))) {
            throw Failures.damaged(path, "it refers to something else than a storage");
        }
        return tuple.items().get(index);
    }
}
