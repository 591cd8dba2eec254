package org.mask2former.cli;

import java.util.ArrayList;
import java.util.List;
import org.mask2former.Mask2FormerException;
import org.mask2former.Suggestions;
import org.mask2former.checkpoint.HubException;

/**
 * The models that the original's authors put on the hub, for "did you mean". The list is of those that public code was
 * seen to use; their naming is {@code facebook/mask2former-swin-SIZE-DATASET-TASK}.
 */
final class HubModels {
    private static final String PREFIX = "facebook/mask2former-swin-";
    private static final String[] KNOWN = {
        "coco-panoptic: tiny small base large",
        "coco-instance: tiny small base base-IN21k large",
        "ade-semantic: tiny small base base-IN21k large",
        "ade-panoptic: large",
        "cityscapes-semantic: tiny small base-IN21k large",
        "cityscapes-instance: tiny small large",
        "cityscapes-panoptic: tiny small base-IN21k large",
        "mapillary-vistas-semantic: large",
        "mapillary-vistas-panoptic: large"
    };

    private HubModels() {}

    static List<String> names() {
        List<String> names = new ArrayList<>();
        for (String line : KNOWN) {
            String[] parts = line.split(": ");
            for (String size : parts[1].split(" ")) names.add(PREFIX + size + "-" + parts[0]);
        }
        return names;
    }

    /** The failure to find a model, with the name that was probably meant; other failures as they are. */
    static Mask2FormerException explain(String model, Mask2FormerException e) {
        if (e instanceof HubException hub && hub.reason() == HubException.Reason.REPOSITORY_NOT_FOUND) {
            String meant = Suggestions.didYouMean(model, names());
            if (!meant.isEmpty()) {
                return new Mask2FormerException(e.getMessage() + meant, e);
            }
        }
        return e;
    }
}
