package org.mask2former.model;

import java.util.List;

/**
 * Where the time of a forward pass goes.
 *
 * @param seconds of the whole pass
 * @param rows by part of the network and operation, in the order they ran
 */
public record Profile(double seconds, List<Row> rows) {
    /**
     * The time of one operation in one part of the network.
     *
     * @param part such as {@code pixel_level/backbone/stage1/block0}; empty outside all parts
     * @param operation such as {@code linear}
     * @param calls how often it ran
     * @param seconds in all its calls
     */
    public record Row(String part, String operation, long calls, double seconds) {}

    public Profile {
        rows = List.copyOf(rows);
    }
}
