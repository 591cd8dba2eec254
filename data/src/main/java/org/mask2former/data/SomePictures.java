package org.mask2former.data;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.mask2former.Task;

/** The beginning of a data set. */
record FirstPictures(Dataset whole, int size) implements Dataset {
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
        return whole.get(Objects.checkIndex(index, size));
    }

    @Override
    public List<String> remarks() {
        return whole.remarks();
    }
}
