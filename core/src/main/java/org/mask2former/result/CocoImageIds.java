package org.mask2former.result;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * COCO's numbers for pictures. A picture of COCO has its number for a name: {@code 000000000139.jpg} and
 * {@code COCO_val2014_000000000042.jpg} are 139 and 42. Every other picture gets the first number, from 1, that none
 * before it has. Numbers are unique. Safe to share between threads.
 */
public final class CocoImageIds {
    private static final Pattern NUMBERED = Pattern.compile("(?:COCO_[A-Za-z]+\\d+_)?(\\d{1,18})(?:\\.[^.]*)?");

    private final Set<Long> used = new HashSet<>();
    private long next = 1;

    /** The number of the next picture. */
    public synchronized long next(String fileName) {
        Matcher numbered = NUMBERED.matcher(fileName);
        if (numbered.matches()) {
            long id = Long.parseLong(numbered.group(1));
            if (used.add(id)) {
                return id;
            }
        }
        while (!used.add(next)) {
            next++;
        }
        return next;
    }
}
