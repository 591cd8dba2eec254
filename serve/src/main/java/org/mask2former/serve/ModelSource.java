package org.mask2former.serve;

import java.util.function.Supplier;
import org.mask2former.Mask2Former;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;

/**
 * A model that is to be served.
 *
 * @param name what clients call it: letters, digits, {@code .}, {@code _} and {@code -}, for it stands in paths
 * @param task what it is for, where a request does not say
 * @param loading loads it; the server closes it
 */
public record ModelSource(String name, Task task, Supplier<Mask2Former> loading) {
    public ModelSource {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
            throw new Mask2FormerException(
                    "\"" + name + "\" is no name for a model: clients put it into paths, so it may"
                            + " have letters, digits, '.', '_' and '-' only");
        }
    }

    /** A model called after the last part of where it is: {@code facebook/x@main} and {@code runs/x/} are both x. */
    public static String nameOf(String location) {
        String path = location.replaceFirst("[?#].*", "").replaceFirst("(?<=[^/\\\\])@[^/\\\\]*$", "");
        String last = path.replaceFirst("[/\\\\]+$", "").replaceFirst(".*[/\\\\]", "");
        String plain = last.replaceFirst("\\.(safetensors|bin|pth|pkl|pt)$", "").replaceAll("[^A-Za-z0-9._-]", "-");
        return plain.replaceFirst("^[^A-Za-z0-9]+", "").isEmpty() ? "model" : plain.replaceFirst("^[^A-Za-z0-9]+", "");
    }
}
