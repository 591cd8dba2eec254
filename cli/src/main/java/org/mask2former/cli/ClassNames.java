package org.mask2former.cli;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.mask2former.Mask2FormerException;
import org.mask2former.Suggestions;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;

/** A model's classes as a user names them: by name, whatever its case, or by number. */
final class ClassNames {
    private final Map<String, Integer> ids = new LinkedHashMap<>();
    private final List<String> names;

    ClassNames(Labels labels) {
        for (Label label : labels.list()) ids.put(Integer.toString(label.id()), label.id());
        for (Label label : labels.list()) ids.put(label.name().toLowerCase(Locale.ROOT), label.id());
        names = labels.list().stream().map(Label::name).toList();
    }

    /** @throws Mask2FormerException if the model has no such class */
    int id(String name) {
        Integer id = ids.get(name.strip().toLowerCase(Locale.ROOT));
        if (id == null) {
            throw new Mask2FormerException(
                    "the model has no class \"" + name + "\"" + Suggestions.didYouMean(name, names));
        }
        return id;
    }

    Set<Integer> ids(Iterable<String> named) {
        Set<Integer> found = new LinkedHashSet<>();
        named.forEach(name -> found.add(id(name)));
        return found;
    }
}
