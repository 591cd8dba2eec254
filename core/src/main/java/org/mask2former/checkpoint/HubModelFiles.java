package org.mask2former.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Which files make up a model in the hub's layout; stateless. */
final class HubModelFiles {
    static final String README = "README.md";

    /** The forms of the weights, the best first; each either one file or an index of several. */
    static final List<String> WEIGHTS = List.of(ModelFiles.WEIGHTS, "pytorch_model.bin");

    private HubModelFiles() {}

    static String index(String weights) {
        return weights + ".index.json";
    }

    /**
     * The files that an index names, without repetition, in order.
     *
     * @throws CheckpointException if it is no index
     */
    static Collection<String> shards(Path index) {
        TreeSet<String> shards = new TreeSet<>();
        try {
            JsonNode map =
                    new ObjectMapper().readTree(Files.readAllBytes(index)).path("weight_map");
            for (JsonNode shard : map) {
                if (!shard.isTextual()) {
                    throw new CheckpointException(index + ": its weight_map should name files, not " + shard);
                }
                shards.add(shard.asText());
            }
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    index + ": it is not JSON (" + e.getOriginalMessage() + "); delete it and fetch it anew", e);
        } catch (IOException e) {
            throw new CheckpointException(index + ": it cannot be read (" + DownloadFailures.describe(e) + ")", e);
        }
        if (shards.isEmpty()) {
            throw new CheckpointException(index + ": its weight_map names no files; delete it and fetch it anew");
        }
        return shards;
    }

    /** What a folder lacks to be a model; empty if it is whole. */
    static List<String> missing(Path folder) {
        List<String> missing = new ArrayList<>();
        if (!Files.isRegularFile(folder.resolve(ModelFiles.CONFIG))) {
            missing.add(ModelFiles.CONFIG);
        }
        missing.addAll(missingWeights(folder));
        return missing;
    }

    /** Which of a folder's weights are missing; empty if it has them in one form. */
    static List<String> missingWeights(Path folder) {
        for (String weights : WEIGHTS) {
            if (Files.isRegularFile(folder.resolve(weights))) {
                return List.of();
            }
            Path index = folder.resolve(index(weights));
            if (Files.isRegularFile(index)) {
                return shards(index).stream()
                        .filter(shard -> !Files.isRegularFile(folder.resolve(shard)))
                        .toList();
            }
        }
        return List.of(WEIGHTS.get(0));
    }
}
