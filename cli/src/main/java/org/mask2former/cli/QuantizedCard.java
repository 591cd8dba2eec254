package org.mask2former.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.mask2former.data.EvaluationReport;

/**
 * The model card of a quantised model: how it was made, what it lost, and below that the card of the model it was made from.
 *
 * @param model as it was named
 * @param calibration the folder, and how many of its pictures were looked at
 * @param weights how many weights of layers are bytes now
 * @param original the card of the model it was made from
 * @param loss what was measured, if it was
 */
record QuantizedCard(
        String model, String calibration, int pictures, int weights, Optional<String> original, Optional<Loss> loss) {

    /** The same pictures by both models. */
    record Loss(String data, EvaluationReport before, EvaluationReport after) {}

    QuantizedCard withLoss(Loss measured) {
        return new QuantizedCard(model, calibration, pictures, weights, original, Optional.of(measured));
    }

    String toMarkdown() {
        String text = original.orElse("");
        int end = text.startsWith("---\n") ? text.indexOf("\n---\n", 3) : -1;
        String frontMatter = end < 0 ? "" : text.substring(0, end + 5);
        String body = text.substring(frontMatter.length()).strip();
        return frontMatter
                + "# " + model + ", 8-bit integers\n\n"
                + "Made of `" + model + "` by\n\n"
                + "    ./mask2former quantize --model " + model + " --calibration " + calibration + "\n\n"
                + "which looked at " + pictures + (pictures == 1 ? " picture" : " pictures") + ". The weights of "
                + weights
                + " linear layers and convolutions are 8-bit integers, with a scale for each output; their inputs are\n"
                + "rounded to 8 bits in ranges that were found on those pictures. All else stays as it was. It runs in this"
                + " project; Transformers does not know the form.\n\n"
                + "## What it lost\n\n"
                + loss.map(QuantizedCard::table)
                        .orElse("Not measured. `./mask2former val` measures it; `quantize --data`"
                                + " does so for both models and writes it here.\n")
                + (body.isEmpty() ? "" : "\n## The model it was made of\n\n" + lower(body) + "\n");
    }

    /** For the terminal: one line a measure. */
    static String text(Loss loss) {
        StringBuilder lines = new StringBuilder();
        rows(
                loss,
                (name, before, after) -> lines.append(String.format(
                        Locale.ROOT, "%-4s %5.1f, in int8 %5.1f (%+.1f)%n", name, before, after, after - before)));
        return lines.toString();
    }

    private static String table(Loss loss) {
        StringBuilder table =
                new StringBuilder("Of `" + loss.data + "`, part " + loss.after.part() + ", " + loss.after.pictures()
                        + " pictures, in percent:\n\n| | float32 | int8 | difference |\n| --- | --- | --- | --- |\n");
        rows(
                loss,
                (name, before, after) -> table.append(String.format(
                        Locale.ROOT, "| %s | %.1f | %.1f | %+.1f |%n", name, before, after, after - before)));
        return table.toString();
    }

    private interface Row {
        void add(String name, double before, double after);
    }

    private static void rows(Loss loss, Row row) {
        row("PQ", loss.before.pq(), loss.after.pq(), row);
        row("AP", loss.before.ap(), loss.after.ap(), row);
        row("AP50", loss.before.ap50(), loss.after.ap50(), row);
        row("mIoU", loss.before.miou(), loss.after.miou(), row);
    }

    private static void row(String name, OptionalDouble before, OptionalDouble after, Row row) {
        if (before.isPresent() && after.isPresent()) {
            row.add(name, 100 * before.getAsDouble(), 100 * after.getAsDouble());
        }
    }

    /** Headings one level down; indented code and fences have none that begin a line with a hash and a space. */
    private static String lower(String markdown) {
        return markdown.replaceAll("(?m)^(#{1,5} )", "#$1");
    }
}
