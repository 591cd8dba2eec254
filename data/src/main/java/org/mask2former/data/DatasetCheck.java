package org.mask2former.data;

import java.io.IOException;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.image.PictureSize;
import org.mask2former.result.CocoRle;
import org.mask2former.result.Label;

/**
 * Verifies a data set before anybody trains on it: every picture and every annotation is read, and what is missing,
 * unreadable, contradictory or suspicious is noted. Reads pictures on all cores; keeps a few numbers for each.
 * Stateless.
 */
public final class DatasetCheck {
    /** More segments of one class than this many times those of another are worth a word. */
    private static final int IMBALANCE = 100;

    private DatasetCheck() {}

    /**
     * Checks parts of one data set, and that no picture is in two of them.
     *
     * @return a report for each part, in order
     */
    public static List<DatasetReport> check(List<Dataset> parts, Progress progress) {
        int total = parts.stream().mapToInt(Dataset::size).sum();
        AtomicInteger done = new AtomicInteger();
        Map<String, String> seen = new HashMap<>();
        List<DatasetReport> reports = new ArrayList<>();
        for (Dataset part : parts) {
            List<OfPicture> pictures = IntStream.range(0, part.size())
                    .parallel()
                    .mapToObj(i -> {
                        OfPicture found = OfPicture.of(part, part.get(i));
                        synchronized (done) {
                            progress.at(done.incrementAndGet(), total);
                        }
                        return found;
                    })
                    .toList();
            reports.add(report(part, pictures, seen));
        }
        return reports;
    }

    private static DatasetReport report(Dataset part, List<OfPicture> pictures, Map<String, String> seen) {
        List<Finding> findings = new ArrayList<>();
        List<Label> labels = part.labels().list();
        long[] segments = new long[labels.size()];
        long[] crowds = new long[labels.size()];
        long[] pixels = new long[labels.size()];
        int[] holders = new int[labels.size()];
        long all = 0;
        long voids = 0;
        for (OfPicture picture : pictures) {
            findings.addAll(picture.findings);
            all += picture.pixels;
            voids += picture.voidPixels;
            for (int c = 0; c < labels.size(); c++) {
                segments[c] += picture.segments[c];
                crowds[c] += picture.crowds[c];
                pixels[c] += picture.classPixels[c];
                holders[c] += picture.segments[c] > 0 ? 1 : 0;
            }
            String here = part.part() + " " + picture.id;
            String other = picture.digest.isEmpty() ? null : seen.putIfAbsent(picture.digest, here);
            if (other != null) {
                findings.add(new Finding(
                        Finding.Kind.DUPLICATE_PICTURE, picture.id, here + " is the same file as " + other));
            }
        }
        List<DatasetReport.OfClass> classes = new ArrayList<>();
        for (Label label : labels) {
            int c = label.id();
            classes.add(new DatasetReport.OfClass(
                    label.name(), label.thing(), segments[c], crowds[c], holders[c], pixels[c]));
        }
        findings.addAll(ofClasses(part, classes));
        part.remarks().forEach(r -> findings.add(new Finding(Finding.Kind.STRAY, "", r)));
        findings.sort(Comparator.comparing(Finding::kind));
        return new DatasetReport(part.name(), part.part(), part.size(), all, voids, classes, findings);
    }

    private static List<Finding> ofClasses(Dataset part, List<DatasetReport.OfClass> counts) {
        List<Finding> findings = new ArrayList<>();
        Map<Integer, String> colors = new HashMap<>();
        Set<String> names = new HashSet<>();
        for (DatasetClass c : part.classes().classes()) {
            c.rgb().ifPresent(rgb -> {
                String other = colors.putIfAbsent(rgb, c.name());
                if (other != null) {
                    findings.add(new Finding(
                            Finding.Kind.COLLIDING_CLASSES,
                            "",
                            String.format("'%s' and '%s' have one colour, #%06x", other, c.name(), rgb)));
                }
            });
            if (!names.add(c.name())) {
                findings.add(
                        new Finding(Finding.Kind.COLLIDING_CLASSES, "", "two classes are called '" + c.name() + "'"));
            }
        }
        counts.stream()
                .filter(c -> c.segments() == 0)
                .forEach(c -> findings.add(new Finding(
                        Finding.Kind.CLASS_WITHOUT_EXAMPLES,
                        "",
                        "'" + c.name() + "' does not occur in " + part.part()
                                + (c.crowds() > 0 ? " but as " + c.crowds() + " crowds" : ""))));
        Comparator<DatasetReport.OfClass> bySegments = Comparator.comparingLong(DatasetReport.OfClass::segments);
        List<DatasetReport.OfClass> present =
                counts.stream().filter(c -> c.segments() > 0).sorted(bySegments).toList();
        if (!present.isEmpty()) {
            DatasetReport.OfClass rarest = present.get(0);
            DatasetReport.OfClass mostFrequent = present.get(present.size() - 1);
            if (mostFrequent.segments() > IMBALANCE * rarest.segments()) {
                findings.add(new Finding(
                        Finding.Kind.IMBALANCE,
                        "",
                        "'" + mostFrequent.name() + "' has " + TextTable.number(mostFrequent.segments())
                                + " segments, '" + rarest.name() + "' has " + TextTable.number(rarest.segments())));
            }
        }
        return findings;
    }

    /** One picture's numbers and findings. */
    private static final class OfPicture {
        private final Sample sample;
        private final String id;
        private final List<Finding> findings = new ArrayList<>();
        private final long[] segments;
        private final long[] crowds;
        private final long[] classPixels;
        private long pixels;
        private long voidPixels;
        private String digest = "";

        private OfPicture(Dataset part, Sample sample) {
            this.sample = sample;
            this.id = sample.id();
            int classes = part.labels().size();
            segments = new long[classes];
            crowds = new long[classes];
            classPixels = new long[classes];
        }

        static OfPicture of(Dataset part, Sample sample) {
            OfPicture picture = new OfPicture(part, sample);
            picture.checkFile();
            Task main = part.tasks().contains(Task.PANOPTIC)
                    ? Task.PANOPTIC
                    : part.tasks().iterator().next();
            picture.checkAnnotation(main, true);
            if (main == Task.PANOPTIC) {
                picture.checkAnnotation(Task.INSTANCE, false);
            }
            return picture;
        }

        private void note(Finding.Kind kind, String message) {
            Finding finding = new Finding(kind, id, message);
            if (!findings.contains(finding)) {
                findings.add(finding);
            }
        }

        private void checkFile() {
            try {
                byte[] content = Files.readAllBytes(sample.image());
                digest = HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
                Image image = Image.read(content, sample.image().toString());
                PictureSize real = new PictureSize(image.width(), image.height());
                if (!real.equals(sample.size())) {
                    note(
                            Finding.Kind.SIZE,
                            sample.image() + " is " + real + ", but its data set says " + sample.size());
                }
            } catch (IOException e) {
                note(
                        Finding.Kind.UNREADABLE_PICTURE,
                        Files.exists(sample.image())
                                ? "cannot read " + sample.image() + ": " + e.getMessage()
                                : "there is no file " + sample.image());
            } catch (Mask2FormerException e) {
                note(Finding.Kind.UNREADABLE_PICTURE, String.valueOf(e.getMessage()));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }

        private void checkAnnotation(Task task, boolean count) {
            Annotation annotation;
            try {
                annotation = sample.annotation(task);
                PictureSize size = sample.size();
                if (annotation.width() != size.width() || annotation.height() != size.height()) {
                    note(
                            Finding.Kind.SIZE,
                            "the annotation of " + sample.image() + " is "
                                    + new PictureSize(annotation.width(), annotation.height()) + ", the picture "
                                    + size);
                }
            } catch (Mask2FormerException e) {
                String message = String.valueOf(e.getMessage());
                // A picture that cannot be read was noted as such.
                if (findings.isEmpty() || !message.contains(sample.image().toString())) {
                    note(Finding.Kind.BAD_ANNOTATION, message);
                }
                return;
            }
            if (annotation.segments().isEmpty()) {
                note(
                        Finding.Kind.NO_ANNOTATION,
                        sample.image() + " has no " + (task == Task.INSTANCE ? "objects" : "segments"));
            }
            Set<CocoRle> masks = new HashSet<>();
            for (AnnotatedSegment segment : annotation.segments()) {
                check(segment, task, masks);
            }
            if (count) {
                count(annotation);
            }
        }

        private void check(AnnotatedSegment segment, Task task, Set<CocoRle> masks) {
            String what = (task == Task.INSTANCE ? "object " : "segment ") + segment.id() + " of " + sample.image();
            if (segment.mask().isEmpty()) {
                note(Finding.Kind.EMPTY_MASK, what + " has no pixels");
                return;
            }
            long area = segment.mask().area();
            // Polygons have an area between that of the pixels' middles and that of the pixels; PNGs have the pixels'.
            boolean off = task == Task.INSTANCE
                    ? Math.abs(segment.area() - area) > 0.5 * Math.max(area, segment.area()) + 20
                    : segment.area() != area;
            if (off) {
                note(Finding.Kind.AREA, what + " is said to have " + segment.area() + " pixels and has " + area);
            }
            FloatBox box = AnnotatedSegment.box(segment.mask());
            if (segment.box().iou(box, true) == 0) {
                note(Finding.Kind.AREA, what + " is said to be in " + segment.box() + " and is in " + box);
            }
            if (task == Task.INSTANCE && !masks.add(segment.mask())) {
                note(Finding.Kind.DUPLICATE_SEGMENT, what + " has the same mask as another");
            }
        }

        private void count(Annotation annotation) {
            long covered = 0;
            for (AnnotatedSegment segment : annotation.segments()) {
                (segment.crowd() ? crowds : segments)[segment.labelId()]++;
                classPixels[segment.labelId()] += segment.mask().area();
                covered += segment.mask().area();
            }
            pixels = (long) annotation.width() * annotation.height();
            voidPixels = annotation instanceof Annotation.Instances ? 0 : pixels - covered;
        }
    }
}
