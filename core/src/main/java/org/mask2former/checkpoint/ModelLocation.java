package org.mask2former.checkpoint;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the files a model's name stands for, and fetches them if need be. Stateless. */
public final class ModelLocation {
    private ModelLocation() {}

    /**
     * The folder or file of a model. The name is, in this order, that of a model that comes with the program
     * ({@code facades}), a folder or file on this machine, the address ({@code https://…}) of a checkpoint file, or a model on
     * the hub, {@code owner/name[@revision]}.
     *
     * @param listener hears of downloads
     * @throws CheckpointException if the name is none of these
     * @throws HubException if it cannot be fetched
     */
    public static Path find(String model, HubSettings hub, ProgressListener listener) {
        Optional<BundledModel> bundled = BundledModel.named(model);
        if (bundled.isPresent()) {
            return bundled.get().folder(hub.assets().resolve("mask2former"));
        }
        if (isLocal(model)) {
            return Path.of(model);
        }
        if (model.startsWith("https://") || model.startsWith("http://")) {
            return HubClient.create(hub).fetchUrl(URI.create(model), listener);
        }
        if (HubId.matches(model)) {
            return HubClient.create(hub).fetchModel(HubId.parse(model), listener);
        }
        throw new CheckpointException("there is no model '" + model
                + "': it is neither a folder nor a checkpoint file here, nor the name of a model on the hub"
                + " (owner/name, such as facebook/mask2former-swin-tiny-coco-panoptic)" + bundled());
    }

    private static String bundled() {
        String names = BundledModel.all().stream().map(BundledModel::name).collect(Collectors.joining(", "));
        return names.isEmpty() ? "" : ", nor one that comes with the program (" + names + ")";
    }

    private static boolean isLocal(String model) {
        try {
            return !model.isEmpty() && Files.exists(Path.of(model));
        } catch (InvalidPathException e) { // a name that no file can have, such as an address on Windows
            return false;
        }
    }
}
