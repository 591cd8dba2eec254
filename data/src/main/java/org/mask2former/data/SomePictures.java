package org.mask2former.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;

/** Some pictures of a data set, in an order of their own. */
record SomePictures(Dataset whole, List<Integer> indices) implements Dataset {
    /** Those that a list names by their ids, in its order. */
    static SomePictures named(Dataset whole, List<String> names, Path file) {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < whole.size(); i++) {
            places.putIfAbsent(whole.get(i).id(), i);
        }
        List<Integer> indices = new ArrayList<>();
        for (String name : names) {
            Integer place = places.get(name);
            if (place == null) {
                throw new Mask2FormerException(file + ": parts." + whole.part() + ".pictures: there is no picture '"
                        + name + "'; the first one's name is '" + whole.get(0).id() + "'");
            }
            indices.add(place);
        }
        return new SomePictures(whole, List.copyOf(indices));
    }

    @Override
    public int size() {
        return indices.size();
    }

    @Override
    public String name() {
        return whole.name();
    }

    @Override
    public String part() {
        return whole.part();
    }

    @Override
    public ClassTable classes() {
        return whole.classes();
    }

    @Override
    public Set<Task> tasks() {
        return whole.tasks();
    }

    @Override
    public Sample get(int index) {
        return whole.get(indices.get(index));
    }

    @Override
    public List<String> remarks() {
        return whole.remarks();
    }
}
