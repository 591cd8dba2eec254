package org.mask2former.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.BackboneFiles;
import org.mask2former.checkpoint.Weights;
import org.mask2former.model.ModelConfig;
import org.mask2former.ops.HostTensor;
import org.mask2former.ops.Parameter;
import org.mask2former.torch.Tensors;
import org.mask2former.torch.Torch;

/**
 * Weights that a backbone begins with instead of random ones.
 *
 * @param tensors by the model's names, in memory
 * @param preprocessorJson where the file's own normalisation of pictures stands, if anywhere
 * @param said what was taken, left out and changed, one line each
 */
record PretrainedBackbone(Map<String, HostTensor> tensors, Optional<Path> preprocessorJson, List<String> said) {
    private static final String ENCODER = "model.pixel_level_module.encoder.";
    /** Norms of the feature maps that Mask2Former takes from a Swin, which a classifier has none of. */
    private static final String PYRAMID_NORMS = ENCODER + "hidden_states_norms.";

    private static final String POSITION_BIASES = ".relative_position_bias_table";
    private static final int NAMES_SHOWN = 3;
    /** More names than this are shown as the parts of the network that they belong to. */
    private static final int LISTED = 8;

    PretrainedBackbone {
        tensors = Map.copyOf(tensors);
        said = List.copyOf(said);
    }

    /**
     * @throws Mask2FormerException if the file does not hold this very backbone; the message names what differs
     */
    static PretrainedBackbone load(Path location, ModelConfig model, List<Parameter> parameters) {
        try (BackboneFiles files = BackboneFiles.open(location)) {
            return new Fit(model, files)
                    .fit(parameters.stream()
                            .filter(p -> p.name().startsWith(ENCODER))
                            .toList());
        }
    }

    /** What comes of holding a file against the backbone of a model. */
    private static final class Fit {
        private final ModelConfig model;
        private final BackboneFiles files;
        private final Weights weights;
        private final Map<String, HostTensor> taken = new LinkedHashMap<>();
        private final List<String> anew = new ArrayList<>();
        private final List<String> resized = new ArrayList<>();
        private final List<String> missing = new ArrayList<>();
        private final List<String> misshapen = new ArrayList<>();

        Fit(ModelConfig model, BackboneFiles files) {
            this.model = model;
            this.files = files;
            this.weights = files.weights();
        }

        PretrainedBackbone fit(List<Parameter> encoder) {
            Set<String> unexpected = new LinkedHashSet<>(weights.names());
            for (Parameter p : encoder) {
                unexpected.remove(p.name());
                take(p);
            }
            refuse(unexpected.stream().map(Fit::inner).toList());
            return new PretrainedBackbone(taken, files.preprocessorJson(), said(encoder.size()));
        }

        private void take(Parameter p) {
            String name = p.name();
            if (!weights.names().contains(name)) {
                (name.startsWith(PYRAMID_NORMS) ? anew : missing).add(inner(name));
            } else if (Arrays.equals(weights.shape(name), p.shape())) {
                taken.put(name, HostTensor.of(weights.tensor(name).toFloats(), p.shape()));
            } else if (name.endsWith(POSITION_BIASES) && canResize(weights.shape(name), p.shape())) {
                taken.put(name, resize(weights.tensor(name), p.shape()));
                resized.add(name);
            } else {
                misshapen.add(inner(name) + " is " + Arrays.toString(weights.shape(name)) + " instead of "
                        + Arrays.toString(p.shape()));
            }
        }

        /** A name as it is inside the backbone. */
        private static String inner(String name) {
            return name.substring(ENCODER.length());
        }

        private void refuse(List<String> unexpected) {
            List<String> differences = new ArrayList<>();
            difference(differences, missing, "missing");
            difference(differences, misshapen, "of another shape");
            difference(differences, unexpected, "more than it has");
            if (!differences.isEmpty()) {
                throw new Mask2FormerException(weights.source() + " (names of " + files.names()
                        + ") is not of the backbone that 'model' describes, a "
                        + model.backbone().displayName() + ": weights " + String.join("; ", differences)
                        + "; correct model.backbone_config, or choose another backbone");
            }
        }

        private static void difference(List<String> differences, List<String> names, String what) {
            if (!names.isEmpty()) {
                differences.add(what + " (" + names.size() + "): "
                        + names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "))
                        + (names.size() > NAMES_SHOWN ? ", …" : ""));
            }
        }

        private List<String> said(int needed) {
            List<String> said = new ArrayList<>();
            said.add("backbone: " + (taken.size() == needed ? "all " : taken.size() + " of ") + needed
                    + " weights are from " + weights.source() + " (names of " + files.names() + ")");
            if (!resized.isEmpty()) {
                said.add("backbone: position biases are resized from its windows to this model's, in " + resized.size()
                        + " blocks");
            }
            if (!anew.isEmpty()) {
                said.add("backbone: it has none of these, which begin anew: " + listed(anew));
            }
            if (!files.others().isEmpty()) {
                said.add("backbone: left out of it: " + listed(files.others()));
            }
            return said;
        }

        private static String listed(List<String> names) {
            if (names.size() <= LISTED) {
                return String.join(", ", names);
            }
            Map<String, Long> parts =
                    names.stream().collect(Collectors.groupingBy(Fit::part, LinkedHashMap::new, Collectors.counting()));
            return parts.entrySet().stream()
                    .map(e -> e.getKey() + (e.getValue() > 1 ? " (" + e.getValue() + ")" : ""))
                    .collect(Collectors.joining(", "));
        }

        /** The first two parts of a name, three behind "model.". */
        private static String part(String name) {
            String[] parts = name.split("\\.");
            int length = Math.min(parts.length, parts[0].equals("model") ? 3 : 2);
            return String.join(".", List.of(parts).subList(0, length)) + (length < parts.length ? ".…" : "");
        }
    }

    private static boolean canResize(int[] from, int[] to) {
        return from.length == 2 && from[1] == to[1] && Math.pow(side(from), 2) == from[0];
    }

    private static int side(int[] table) {
        return (int) Math.round(Math.sqrt(table[0]));
    }

    /** Biases by relative position, {@code [(2·window − 1)², heads]}, bicubically ({@code load_pretrained} of the original Swin). */
    private static HostTensor resize(HostTensor table, int[] shape) {
        Torch.load();
        int heads = shape[1];
        int from = side(table.shape());
        int to = side(shape);
        try (PointerScope scope = new PointerScope();
                NoGradGuard constants = new NoGradGuard()) {
            Tensor maps = Tensors.adopt(Tensors.copyOf(table.toFloats(), table.shape()[0], heads))
                    .t()
                    .reshape(1, heads, from, from);
            Tensor resized = torch.upsample_bicubic2d(
                    maps, new long[] {to, to}, false, new DoubleOptional(), new DoubleOptional());
            return Tensors.toHost(resized.view(heads, -1).t());
        }
    }
}
