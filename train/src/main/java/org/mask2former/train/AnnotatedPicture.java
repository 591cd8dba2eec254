package org.mask2former.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.data.AnnotatedSegment;
import org.mask2former.data.Annotation;
import org.mask2former.data.Sample;
import org.mask2former.image.Image;
import org.mask2former.result.CocoRle;
import org.mask2former.result.Labels;

/**
 * A picture in memory with what is trained on in it. Immutable.
 *
 * @param id as the data set names it
 * @param segments no crowds, none without pixels; their masks may overlap
 */
public record AnnotatedPicture(String id, Image picture, List<Segment> segments) {
    /**
     * A segment.
     *
     * @param labelId its class, from 0
     * @param mask in the picture's pixels
     */
    public record Segment(int labelId, CocoRle mask) {}

    public AnnotatedPicture {
        segments = List.copyOf(segments);
        for (Segment segment : segments) {
            CocoRle mask = segment.mask();
            if (mask.width() != picture.width() || mask.height() != picture.height()) {
                throw new Mask2FormerException(
                        "picture " + id + " is " + picture.width() + "×" + picture.height() + ", but its annotation "
                                + mask.width() + "×" + mask.height() + "; run 'data check' to find all such pictures");
            }
        }
    }

    /**
     * Reads a picture and its annotation. Crowds and segments without pixels are dropped; stuff is one segment for each
     * class, unless things alone are asked for.
     *
     * @param labels the data set's classes
     * @throws Mask2FormerException if one of the two cannot be read or they do not fit each other; the message names the file
     */
    public static AnnotatedPicture read(Sample sample, Task task, Labels labels) {
        Image picture = Image.read(sample.image());
        Annotation annotation = sample.annotation(task);
        if (annotation.width() != picture.width() || annotation.height() != picture.height()) {
            throw new Mask2FormerException(sample.image() + " is " + picture.width() + "×" + picture.height()
                    + ", but its annotation is " + annotation.width() + "×" + annotation.height());
        }
        List<Segment> segments = new ArrayList<>();
        Map<Integer, Integer> stuff = new HashMap<>(); // class to index
        for (AnnotatedSegment s : annotation.segments()) {
            if (s.crowd() || s.mask().isEmpty()) {
                continue;
            }
            boolean whole = task != Task.INSTANCE && !labels.get(s.labelId()).thing();
            Integer same = whole ? stuff.putIfAbsent(s.labelId(), segments.size()) : null;
            if (same == null) {
                segments.add(new Segment(s.labelId(), s.mask()));
            } else {
                CocoRle both = segments.get(same).mask().union(s.mask());
                segments.set(same, new Segment(s.labelId(), both));
            }
        }
        return new AnnotatedPicture(sample.id(), picture, segments);
    }

    /** About what it takes of the memory, in bytes. */
    long bytes() {
        long runs = 0;
        for (Segment segment : segments) {
            runs += segment.mask().counts().length;
        }
        return picture.rgb().length + Integer.BYTES * runs + 64L * segments.size();
    }
}
