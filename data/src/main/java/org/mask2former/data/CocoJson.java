package org.mask2former.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.PictureSize;

/**
 * A COCO annotation file, instances or panoptic. Pictures and categories are held; of annotations only where in the file they
 * are, so that the half gigabyte of COCO's own takes a few megabytes. Thread-safe.
 */
final class CocoJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final List<DatasetClass> categories = new ArrayList<>();
    private final List<Picture> pictures = new ArrayList<>();
    /** By picture id, where in the file its annotations are. */
    private final Map<String, List<Slice>> annotations = new HashMap<>();

    private final List<String> remarks = new ArrayList<>();

    /** An entry of {@code images}; {@code size} is empty if it is not given. */
    record Picture(String id, String fileName, Optional<PictureSize> size) {}

    private record Slice(long offset, int length) {}

    private CocoJson(Path file) {
        this.file = file;
    }

    /**
     * Reads a file.
     *
     * @throws Mask2FormerException if it is missing or not of COCO's form
     */
    static CocoJson read(Path file) {
        CocoJson json = new CocoJson(file);
        try (JsonParser parser = JSON.getFactory().createParser(file.toFile())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Mask2FormerException(file + " is not a COCO annotation file: a JSON object is expected");
            }
            Set<String> found = new HashSet<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                found.add(key);
                boolean list = parser.nextToken() == JsonToken.START_ARRAY;
                switch (list ? key : "") {
                    case "images" -> json.readPictures(parser);
                    case "annotations" -> json.readAnnotations(parser);
                    case "categories" -> json.categories.addAll(ClassTables.categories(parser.readValueAsTree()));
                    default -> parser.skipChildren();
                }
            }
            for (String key : List.of("images", "annotations", "categories")) {
                if (!found.contains(key)) {
                    throw new Mask2FormerException(
                            file + " is not a COCO annotation file: it has no list '" + key + "'");
                }
            }
        } catch (JsonProcessingException e) {
            throw new Mask2FormerException(
                    file + " is not JSON from line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + " on: " + e.getOriginalMessage(),
                    e);
        } catch (IOException e) {
            throw new Mask2FormerException(
                    Files.exists(file) ? "cannot read " + file + ": " + e.getMessage() : "there is no file " + file, e);
        }
        json.settle();
        return json;
    }

    private void readPictures(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            JsonNode node = parser.readValueAsTree();
            Optional<PictureSize> size = node.path("width").asInt() > 0
                            && node.path("height").asInt() > 0
                    ? Optional.of(new PictureSize(
                            node.get("width").asInt(), node.get("height").asInt()))
                    : Optional.empty();
            if (!node.hasNonNull("id") || !node.hasNonNull("file_name")) {
                throw new Mask2FormerException(file + ": a picture needs 'id' and 'file_name': " + node);
            }
            pictures.add(
                    new Picture(node.get("id").asText(), node.get("file_name").asText(), size));
        }
    }

    private void readAnnotations(JsonParser parser) throws IOException {
        LongStream.Builder ids = LongStream.builder();
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            long start = parser.currentTokenLocation().getByteOffset();
            String picture = "";
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                JsonToken value = parser.nextToken();
                if (key.equals("image_id")) {
                    picture = parser.getText();
                } else if (key.equals("id") && value == JsonToken.VALUE_NUMBER_INT) {
                    ids.add(parser.getLongValue());
                } else {
                    parser.skipChildren();
                }
            }
            int length = Math.toIntExact(parser.currentLocation().getByteOffset() - start);
            annotations.computeIfAbsent(picture, k -> new ArrayList<>(4)).add(new Slice(start, length));
        }
        remarkTwins(ids.build().sorted().toArray());
    }

    /** Other tools find annotations by their ids, and of two with one id lose the first. */
    private void remarkTwins(long[] ids) {
        long twins = 0;
        String example = "";
        for (int i = 1; i < ids.length; i++) {
            if (ids[i] == ids[i - 1]) {
                twins++;
                example = Long.toString(ids[i]);
            }
        }
        if (twins > 0) {
            remarks.add(file + ": " + twins + (twins == 1 ? " annotation has" : " annotations have")
                    + " the id of another, such as " + example);
        }
    }

    /** Orders the pictures by id, as the COCO API does, and notes what does not fit together. */
    private void settle() {
        boolean numbers = pictures.stream().allMatch(p -> p.id.matches("\\d{1,18}"));
        pictures.sort(
                numbers ? Comparator.comparingLong(p -> Long.parseLong(p.id)) : Comparator.comparing(Picture::id));
        Set<String> ids = new HashSet<>();
        Set<String> names = new HashSet<>();
        pictures.removeIf(picture -> {
            boolean twice = !ids.add(picture.id);
            if (twice) {
                remarks.add(
                        file + ": two pictures have the id " + picture.id + "; " + picture.fileName + " is left out");
            }
            if (!twice && !names.add(picture.fileName)) {
                remarks.add(file + ": two pictures are the file " + picture.fileName);
            }
            return twice;
        });
        annotations.forEach((id, slices) -> {
            if (!ids.contains(id)) {
                remarks.add(file + ": " + slices.size() + (slices.size() == 1 ? " annotation is" : " annotations are")
                        + " of picture " + (id.isEmpty() ? "?" : id) + ", which is not listed");
            }
        });
    }

    Path file() {
        return file;
    }

    List<DatasetClass> categories() {
        return categories;
    }

    /** By id. */
    List<Picture> pictures() {
        return pictures;
    }

    List<String> remarks() {
        return remarks;
    }

    /** The annotations of a picture, in the file's order. */
    List<JsonNode> annotations(String picture) {
        List<JsonNode> found = new ArrayList<>();
        List<Slice> slices = annotations.getOrDefault(picture, List.of());
        if (slices.isEmpty()) {
            return found;
        }
        try (FileChannel channel = FileChannel.open(file)) {
            for (Slice slice : slices) {
                ByteBuffer bytes = ByteBuffer.allocate(slice.length);
                while (bytes.hasRemaining() && channel.read(bytes, slice.offset + bytes.position()) >= 0) {}
                found.add(JSON.readTree(bytes.array()));
            }
        } catch (IOException e) {
            throw new Mask2FormerException(
                    "cannot read the annotations of picture " + picture + " from " + file
                            + "; did the file change meanwhile? " + e.getMessage(),
                    e);
        }
        return found;
    }
}
