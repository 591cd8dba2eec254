package org.mask2former.checkpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Opens a file of weights, whatever its format; the first bytes tell, the name only helps where they do not. */
final class CheckpointFile {
    private static final int HEAD = 512;
    private static final int TAR_MAGIC_AT = 257;

    private CheckpointFile() {}

    /**
     * The weights under the names the file gives them.
     *
     * @throws CheckpointException if the file cannot be read, is damaged or hostile, or is no checkpoint
     */
    static Weights open(Path path) {
        if (path.getFileName().toString().endsWith(".index.json")) {
            return ShardedWeights.open(path);
        }
        if (Files.isDirectory(path)) {
            throw new CheckpointException(path + " is a folder; name a file");
        }
        MappedFile file = MappedFile.open(path);
        try {
            if (file.size() == 0) {
                throw new CheckpointException(path + " is empty (0 bytes); download or copy it again");
            }
            return read(file);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private static Weights read(MappedFile file) {
        Path path = file.path();
        ByteBuffer head = file.slice(0, Math.min(HEAD, file.size()));
        String text = StandardCharsets.ISO_8859_1.decode(head.duplicate()).toString();
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        refuseOthers(path, text);
        if (text.startsWith("PK\3\4")) {
            return lazy(file, TorchFile::zip);
        }
        if (head.remaining() >= TorchFile.LEGACY_MAGIC.length
                && head.slice(0, TorchFile.LEGACY_MAGIC.length).equals(ByteBuffer.wrap(TorchFile.LEGACY_MAGIC))) {
            return lazy(file, TorchFile::legacy);
        }
        if (text.length() > 8 && text.charAt(8) == '{' || name.endsWith(".safetensors")) {
            file.close();
            return Safetensors.open(path);
        }
        if (text.charAt(0) == PickleOp.PROTO || name.endsWith(".pkl") || name.endsWith(".pickle")) {
            return lazy(file, bytes -> StateDicts.find(path, Unpickler.load(new PickleInput(bytes))));
        }
        throw new CheckpointException(path + " is no checkpoint of a known kind; supported are safetensors, PyTorch"
                + " (.pth, .pt, .bin) and pickle (.pkl); choose another file or download it again");
    }

    private static Weights lazy(MappedFile file, Function<ByteSource, Map<String, LazyTensor>> reader) {
        return new LazyWeights(file.path().toString(), reader.apply(file), file::close);
    }

    /** What is found under a checkpoint's name when something went wrong on its way here. */
    private static void refuseOthers(Path path, String head) {
        String start = head.stripLeading().toLowerCase(Locale.ROOT);
        if (start.startsWith("version https://git-lfs")) {
            throw new CheckpointException(path + " is only the pointer that Git LFS keeps in place of the file;"
                    + " run 'git lfs pull', or download the file itself");
        }
        if (start.startsWith("<!doctype") || start.startsWith("<html") || start.startsWith("<?xml")) {
            throw new CheckpointException(
                    path + " is a web page, not a checkpoint; download it again from a direct link"
                            + " (on the hub, .../resolve/..., not .../blob/...)");
        }
        if (start.startsWith("{")) {
            throw new CheckpointException(
                    path + " is a JSON text, not a checkpoint; download it again, or name the file"
                            + " that holds the weights");
        }
        if (head.startsWith("\u001f\u008b")) {
            throw new CheckpointException(path + " is compressed with gzip; unpack it first");
        }
        if (head.startsWith("\u0089HDF")) {
            throw new CheckpointException(
                    path + " is an HDF5 file, as Keras writes; choose the PyTorch or safetensors version");
        }
        if (head.startsWith("ustar", TAR_MAGIC_AT)) {
            throw new CheckpointException(
                    path + " is a tar archive; unpack it first (PyTorch before 0.1.10 saved such: save it anew)");
        }
    }
}
