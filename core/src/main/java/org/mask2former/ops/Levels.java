package org.mask2former.ops;

import java.util.List;

/**
 * Feature maps of several scales laid end to end as tokens: level after level, each row by row.
 *
 * @param sizes of the levels, in that order
 */
public record Levels(List<Size> sizes) {
    /** Rows and columns of a feature map. */
    public record Size(int height, int width) {
        public int tokens() {
            return height * width;
        }
    }

    public Levels {
        sizes = List.copyOf(sizes);
    }

    public int count() {
        return sizes.size();
    }

    /** Index of a level's first token. */
    public int start(int level) {
        int start = 0;
        for (int l = 0; l < level; l++) {
            start += sizes.get(l).tokens();
        }
        return start;
    }

    /** Tokens of all levels. */
    public int tokens() {
        return start(count());
    }
}
