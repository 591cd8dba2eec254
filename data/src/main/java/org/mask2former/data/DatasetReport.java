package org.mask2former.data;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What {@link DatasetCheck} found in one part of a data set.
 *
 * @param pictures how many there are
 * @param pixels of all annotations
 * @param voidPixels of them without a class; 0 for instances, which do not cover their pictures
 * @param classes in the data set's order
 * @param findings by kind, the most serious first
 */
public record DatasetReport(
        String name,
        String part,
        int pictures,
        long pixels,
        long voidPixels,
        List<OfClass> classes,
        List<Finding> findings) {
    private static final int SHOWN = 5;

    /**
     * How often a class occurs.
     *
     * @param segments without crowds
     * @param pictures that hold at least one of them
     */
    public record OfClass(String name, boolean thing, long segments, long crowds, int pictures, long pixels) {}

    public DatasetReport {
        classes = List.copyOf(classes);
        findings = List.copyOf(findings);
    }

    public long segments() {
        return classes.stream().mapToLong(OfClass::segments).sum();
    }

    public long crowds() {
        return classes.stream().mapToLong(OfClass::crowds).sum();
    }

    /** Findings that must be mended. */
    public long errors() {
        return findings.stream().filter(f -> f.kind().isError()).count();
    }

    /** Findings by kind, the most serious first. */
    public Map<Finding.Kind, List<Finding>> byKind() {
        return findings.stream().collect(Collectors.groupingBy(Finding::kind, TreeMap::new, Collectors.toList()));
    }

    /** For the terminal. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        text.append(name + " " + part + ": " + TextTable.number(pictures) + " pictures, " + TextTable.number(segments())
                + " segments, " + TextTable.number(crowds()) + " crowds");
        if (voidPixels > 0) {
            text.append(", " + TextTable.percent((double) voidPixels / pixels) + " % void");
        }
        text.append("\n\n");
        TextTable table = new TextTable("class", "kind", "pictures", "segments", "crowds", "% of pixels");
        for (OfClass c : classes) {
            table.row(
                    c.name,
                    c.thing ? "thing" : "stuff",
                    TextTable.number(c.pictures),
                    TextTable.number(c.segments),
                    TextTable.number(c.crowds),
                    TextTable.percent(pixels == 0 ? 0 : (double) c.pixels / pixels));
        }
        text.append(table).append('\n');
        byKind().forEach((kind, found) -> {
            text.append((kind.isError() ? "error: " : "look: ") + kind.title() + " (" + found.size() + ")\n");
            found.stream().limit(SHOWN).forEach(f -> text.append("  " + f.message() + "\n"));
            if (found.size() > SHOWN) {
                text.append("  … and " + (found.size() - SHOWN) + " more\n");
            }
        });
        text.append(findings.isEmpty() ? "nothing to complain about\n" : "");
        return text.toString();
    }

    /** As JSON: all findings, classes, and totals. */
    public ObjectNode toJson() {
        ObjectNode root = JsonFiles.object();
        root.put("name", name).put("part", part).put("pictures", pictures);
        root.put("segments", segments()).put("crowds", crowds()).put("errors", errors());
        root.put("pixels", pixels).put("void_pixels", voidPixels);
        var list = root.putArray("classes");
        for (OfClass c : classes) {
            list.addObject()
                    .put("name", c.name)
                    .put("thing", c.thing)
                    .put("pictures", c.pictures)
                    .put("segments", c.segments)
                    .put("crowds", c.crowds)
                    .put("pixels", c.pixels);
        }
        var found = root.putArray("findings");
        for (Finding f : findings) {
            ObjectNode node = found.addObject()
                    .put("kind", f.kind().key())
                    .put("error", f.kind().isError());
            if (!f.picture().isEmpty()) {
                node.put("picture", f.picture());
            }
            node.put("message", f.message());
        }
        return root;
    }
}
