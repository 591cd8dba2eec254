package org.mask2former.result;

import java.util.List;

/** The classes of a model, by id. Immutable. */
public record Labels(List<Label> list) {
    public Labels {
        list = List.copyOf(list);
    }

    public Label get(int id) {
        return list.get(id);
    }

    public int size() {
        return list.size();
    }
}
