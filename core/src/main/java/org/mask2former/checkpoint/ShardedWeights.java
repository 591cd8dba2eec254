package org.mask2former.checkpoint;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mask2former.ops.DType;
import org.mask2former.ops.HostTensor;

/**
 * Weights over several files, which an index names: {@code model.safetensors.index.json},
 * {@code pytorch_model.bin.index.json}.
 */
final class ShardedWeights implements Weights {
    private final Path index;
    private final Map<String, Weights> shards;
    private final Map<String, Weights> byName;

    private ShardedWeights(Path index, Map<String, Weights> shards, Map<String, Weights> byName) {
        this.index = index;
        this.shards = shards;
        this.byName = byName;
    }

    /** @throws CheckpointException if the index or a file it names cannot be read, or lacks a tensor */
    static ShardedWeights open(Path index) {
        JsonFields json = JsonFields.read(index);
        JsonFields map = json.object("weight_map")
                .orElseThrow(() -> new CheckpointException(
                        index + " has no weight_map, which tells the file of every tensor; download it again"));
        Map<String, Weights> shards = new LinkedHashMap<>();
        Map<String, Weights> byName = new LinkedHashMap<>();
        try {
            for (String name : map.names()) {
                Weights shard = shards.computeIfAbsent(map.text(name, ""), file -> openShard(index, file));
                if (!shard.names().contains(name)) {
                    throw new CheckpointException(index + " expects the tensor " + name + " in " + shard.source()
                            + ", where it is not; download both again");
                }
                byName.put(name, shard);
            }
        } catch (RuntimeException e) {
            shards.values().forEach(Weights::close);
            throw e;
        }
        return new ShardedWeights(index, shards, byName);
    }

    private static Weights openShard(Path index, String file) {
        if (file.isEmpty()
                || file.contains("/")
                || file.contains("\\")
                || file.startsWith(".")
                || file.endsWith(".index.json")) {
            throw new CheckpointException(index + " names the file \"" + file
                    + "\", but may only name weight files beside it; correct or download it again");
        }
        return CheckpointFile.open(index.resolveSibling(file));
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(byName.keySet());
    }

    @Override
    public int[] shape(String name) {
        return shard(name).shape(name);
    }

    @Override
    public DType dtype(String name) {
        return shard(name).dtype(name);
    }

    @Override
    public HostTensor tensor(String name) {
        return shard(name).tensor(name);
    }

    private Weights shard(String name) {
        @Nullable Weights shard = byName.get(name);
        if (shard == null) {
            throw new CheckpointException(index + " has no tensor " + name);
        }
        return shard;
    }

    @Override
    public String source() {
        return index.toString();
    }

    @Override
    public void close() {
        shards.values().forEach(Weights::close);
    }
}
