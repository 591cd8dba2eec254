package org.mask2former.result;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.mask2former.Mask2FormerException;
import org.mask2former.Suggestions;

/** A model's classes as a user names them: by name, whatever its case, or by number. Immutable. */
public final class ClassNames {
    private final Map<String, Integer> ids = new LinkedHashMap<>();
    private final List<String> names;

    public ClassNames(Labels labels) {
        for (Label label : labels.list()) ids.put(Integer.toString(label.id()), label.id());
        for (Label label : labels.list()) ids.put(label.name().toLowerCase(Locale.ROOT), label.id());
        names = labels.list().stream().map(Label::name).toList();
    }

    /**
     * The id of a class.
     *
     * @throws Mask2FormerException if the model has no such class
     */
    public int id(String name) {
        Integer id = ids.get(name.strip().toLowerCase(Locale.ROOT));
        if (id == null) {
            throw new Mask2FormerException(
                    "the model has no class \"" + name + "\"" + Suggestions.didYouMean(name, names));
        }
        return id;
    }

    /**
     * The ids of several, in their order.
     *
     * @throws Mask2FormerException if the model lacks one of them
     */
    public Set<Integer> ids(Iterable<String> named) {
        Set<Integer> found = new LinkedHashSet<>();
        named.forEach(name -> found.add(id(name)));
        return found;
    }
}
