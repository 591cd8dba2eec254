package org.mask2former.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.PictureSize;

/** Reads the segments of one picture from a COCO panoptic file and its PNG. */
final class CocoPanopticReader {
    private final CocoJson json;
    private final Path masks;
    private final ClassTable classes;

    CocoPanopticReader(CocoJson json, Path masks, ClassTable classes) {
        this.json = json;
        this.masks = masks;
        this.classes = classes;
    }

    PanopticMap read(String picture, PictureSize size) {
        List<JsonNode> found = json.annotations(picture);
        if (found.size() != 1) {
            throw new Mask2FormerException(json.file() + ": picture " + picture + " has "
                    + (found.isEmpty() ? "no annotation" : found.size() + " annotations") + "; one is expected");
        }
        Path file = masks.resolve(found.get(0).path("file_name").asText());
        LabelPng png = LabelPng.read(file);
        if (!png.size().equals(size)) {
            throw new Mask2FormerException(file + " is " + png.size() + ", but its picture " + picture + " is " + size);
        }
        Map<Integer, Long> areas = new HashMap<>();
        Map<Integer, Integer> first = new HashMap<>();
        int[] ids = png.values();
        for (int i = 0; i < ids.length; ) {
            int id = ids[i];
            int start = i;
            while (i < ids.length && ids[i] == id) {
                i++;
            }
            areas.merge(id, (long) (i - start), Long::sum);
            first.putIfAbsent(id, start);
        }
        List<PanopticMap.Entry> entries = entries(picture, found.get(0).path("segments_info"), areas);
        entries.forEach(e -> areas.remove(e.id()));
        areas.remove(PanopticMap.VOID);
        if (!areas.isEmpty()) {
            int id = areas.keySet().iterator().next();
            throw new Mask2FormerException(file + " has pixels of segment " + id + " "
                    + png.place(first.getOrDefault(id, 0)) + ", which " + json.file() + " does not list");
        }
        return withoutIgnored(new PanopticMap(png.width(), png.height(), ids, entries));
    }

    /** Segments of categories that the YAML leaves out become void. */
    private static PanopticMap withoutIgnored(PanopticMap map) {
        Set<Integer> ignored = map.segments().stream()
                .filter(e -> e.labelId() == ClassMap.IGNORE)
                .map(PanopticMap.Entry::id)
                .collect(Collectors.toSet());
        if (ignored.isEmpty()) {
            return map;
        }
        int[] ids = map.ids().clone();
        for (int i = 0; i < ids.length; i++) {
            if (ignored.contains(ids[i])) {
                ids[i] = PanopticMap.VOID;
            }
        }
        return new PanopticMap(
                map.width(),
                map.height(),
                ids,
                map.segments().stream().filter(e -> !ignored.contains(e.id())).toList());
    }

    private List<PanopticMap.Entry> entries(String picture, JsonNode segments, Map<Integer, Long> areas) {
        Map<Integer, PanopticMap.Entry> entries = new HashMap<>();
        List<PanopticMap.Entry> ordered = new ArrayList<>();
        for (JsonNode segment : segments) {
            int id = segment.path("id").asInt();
            int category = segment.path("category_id").asInt(-1);
            String where = json.file() + ": segment " + id + " of picture " + picture;
            int label = classes.labelOf(category)
                    .orElseThrow(() ->
                            new Mask2FormerException(where + " is of category " + category + ", which does not exist"));
            long area = segment.path("area").isNumber() ? segment.get("area").asLong() : areas.getOrDefault(id, 0L);
            PanopticMap.Entry entry =
                    new PanopticMap.Entry(id, label, segment.path("iscrowd").asInt() == 1, area);
            if (id == PanopticMap.VOID || entries.put(id, entry) != null) {
                throw new Mask2FormerException(where + (id == PanopticMap.VOID ? ": 0 means void" : " is there twice"));
            }
            ordered.add(entry);
        }
        return ordered;
    }
}
