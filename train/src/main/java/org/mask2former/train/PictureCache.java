package org.mask2former.train;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.data.Dataset;

/**
 * The pictures of a data set, decoded. They are kept until the budget is spent, and then no more are: every epoch goes through
 * all pictures in a new order, so that throwing one out for another would gain nothing. Thread-safe.
 */
final class PictureCache {
    private final Dataset data;
    private final Task task;
    private final long budget;
    private final AtomicLong used = new AtomicLong();
    private final Map<Integer, AnnotatedPicture> kept = new ConcurrentHashMap<>();

    /** @param budget in bytes; exceeded by no more than the pictures that are being read at the moment */
    PictureCache(Dataset data, Task task, long budget) {
        this.data = data;
        this.task = task;
        this.budget = budget;
    }

    /** @throws Mask2FormerException if it cannot be read; the message names the file */
    AnnotatedPicture get(int index) {
        AnnotatedPicture picture = kept.get(index);
        if (picture == null) {
            picture = AnnotatedPicture.read(data.get(index), task, data.labels());
            keep(index, picture);
        }
        return picture;
    }

    private void keep(int index, AnnotatedPicture picture) {
        long bytes = picture.bytes();
        if (used.get() + bytes <= budget && kept.putIfAbsent(index, picture) == null) {
            used.addAndGet(bytes);
        }
    }
}
