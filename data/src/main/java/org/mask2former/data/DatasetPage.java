package org.mask2former.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.image.Image;
import org.mask2former.result.Overlay;

/**
 * A page that shows a data set: what {@link DatasetCheck} found, and sheets of pictures with their annotation drawn on them,
 * first those with findings, then such that every class is seen, then others spread over the set. For one thread.
 */
public final class DatasetPage {
    private static final int COLUMNS = 4;
    private static final int ROWS = 3;
    private static final int CELL = 420;

    private final Path folder;
    private final int pictures;

    /**
     * @param folder gets {@code index.html}, {@code report.json} and the sheets as PNG
     * @param pictures how many are shown of each part
     */
    public DatasetPage(Path folder, int pictures) {
        this.folder = folder;
        this.pictures = pictures;
    }

    /**
     * Writes the page.
     *
     * @param reports of the parts, in order
     * @return the page, {@code index.html}
     * @throws Mask2FormerException if a file cannot be written
     */
    public Path write(List<Dataset> parts, List<DatasetReport> reports) {
        StringBuilder body = new StringBuilder();
        var json = JsonFiles.JSON.createArrayNode();
        for (int i = 0; i < parts.size(); i++) {
            body.append(section(reports.get(i), sheets(parts.get(i), reports.get(i))));
            json.add(reports.get(i).toJson());
        }
        JsonFiles.write(folder.resolve("report.json"), JsonFiles.text(json));
        Path page = folder.resolve("index.html");
        JsonFiles.write(page, HtmlPage.of(parts.get(0).name(), body.toString()));
        return page;
    }

    private List<String> sheets(Dataset part, DatasetReport report) {
        List<Integer> chosen = choose(part, report);
        List<String> names = new ArrayList<>();
        int perSheet = COLUMNS * ROWS;
        for (int from = 0; from < chosen.size(); from += perSheet) {
            List<Integer> here = chosen.subList(from, Math.min(chosen.size(), from + perSheet));
            ContactSheet sheet =
                    new ContactSheet(Math.min(COLUMNS, here.size()), (here.size() + COLUMNS - 1) / COLUMNS, CELL);
            for (int index : here) {
                draw(part, part.get(index), sheet);
            }
            String name = part.part() + "-" + (names.size() + 1) + ".png";
            sheet.image().write(folder.resolve(name));
            names.add(name);
        }
        return names;
    }

    private static Task mainTask(Dataset part) {
        return part.tasks().contains(Task.PANOPTIC)
                ? Task.PANOPTIC
                : part.tasks().iterator().next();
    }

    private static void draw(Dataset part, Sample sample, ContactSheet sheet) {
        Image picture;
        try {
            picture = Image.read(sample.image());
        } catch (Mask2FormerException e) {
            sheet.add(blank(), sample.id() + ": cannot be read");
            return;
        }
        try {
            Annotation annotation = sample.annotation(mainTask(part));
            if (annotation.width() != picture.width() || annotation.height() != picture.height()) {
                sheet.add(picture, sample.id() + ": the annotation is of another size");
                return;
            }
            Image drawn = TruthOverlay.draw(picture, annotation, part.labels(), Overlay.DEFAULT.withLabelScale(1.4));
            sheet.add(drawn, sample.id() + ": " + annotation.segments().size() + " segments");
        } catch (Mask2FormerException e) {
            sheet.add(picture, sample.id() + ": no usable annotation");
        }
    }

    private static Image blank() {
        return Image.ofRgb(1, 1, new byte[3]);
    }

    /** Pictures to show, in the data set's order. */
    private List<Integer> choose(Dataset part, DatasetReport report) {
        Set<Integer> chosen = new TreeSet<>();
        Set<String> complained = new HashSet<>();
        report.findings().forEach(f -> complained.add(f.picture()));
        for (int i = 0; i < part.size() && chosen.size() < pictures / 3; i++) {
            if (complained.contains(part.get(i).id())) {
                chosen.add(i);
            }
        }
        int step = Math.max(1, part.size() / Math.max(1, pictures));
        for (int start = step / 2;
                start < part.size() + step && chosen.size() < Math.min(pictures, part.size());
                start++) {
            for (int i = start % step; i < part.size() && chosen.size() < pictures; i += step) {
                chosen.add(i);
            }
        }
        return List.copyOf(chosen);
    }

    private static String section(DatasetReport report, List<String> sheets) {
        StringBuilder html = new StringBuilder("<h2>" + HtmlPage.escape(report.part()) + "</h2>\n");
        html.append("<pre>" + HtmlPage.escape(report.toText()) + "</pre>\n");
        for (String sheet : sheets) {
            html.append("<a href=\"" + sheet + "\"><img src=\"" + sheet
                    + "\" alt=\"pictures with their annotation\"></a>\n");
        }
        return html.toString();
    }
}
