package org.mask2former.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.Image;

/**
 * Writes an evaluation into a folder: {@code report.json}, plots, the worst pictures, and a page that shows them.
 * Stateless.
 */
public final class EvaluationPage {
    private EvaluationPage() {}

    /**
     * Writes the files; those of an earlier evaluation with the same names are replaced.
     *
     * @return the page, {@code index.html}
     * @throws Mask2FormerException if a file cannot be written
     */
    public static Path write(EvaluationReport report, Path folder) {
        JsonFiles.write(folder.resolve("report.json"), JsonFiles.text(report.toJson()));
        StringBuilder body = new StringBuilder("<pre>" + HtmlPage.escape(report.toText()) + "</pre>\n");
        for (Map.Entry<String, Image> plot : Plots.of(report).entrySet()) {
            plot.getValue().write(folder.resolve(plot.getKey() + ".png"));
            body.append("<p><img src=\"" + plot.getKey() + ".png\" alt=\"" + plot.getKey() + "\"></p>\n");
        }
        body.append(worst(report.worst(), folder));
        Path page = folder.resolve("index.html");
        JsonFiles.write(page, HtmlPage.of(report.dataset() + " " + report.part(), body.toString()));
        return page;
    }

    private static String worst(List<EvaluationReport.Worst> worst, Path folder) {
        StringBuilder html = new StringBuilder();
        if (!worst.isEmpty()) {
            html.append("<h2>The pictures that came out worst: picture, truth, prediction</h2>\n");
        }
        for (int i = 0; i < worst.size(); i++) {
            String name = String.format(
                    Locale.ROOT, "worst/%02d-%s.png", i + 1, worst.get(i).id().replaceAll("[^\\w.-]", "_"));
            worst.get(i).drawn().write(folder.resolve(name));
            html.append("<p>" + HtmlPage.escape(worst.get(i).id()) + ": "
                    + TextTable.percent(worst.get(i).score()) + "<br><img src=\"" + name + "\" alt=\"worst picture "
                    + (i + 1) + "\"></p>\n");
        }
        return html.toString();
    }
}
