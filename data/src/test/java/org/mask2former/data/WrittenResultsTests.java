package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.image.Image;
import org.mask2former.result.CocoPanoptic;
import org.mask2former.result.CocoRle;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;
import org.mask2former.result.PanopticSegmentation;
import org.mask2former.result.Segment;

/** What the library writes can be read as a data set: predictions, corrected by hand, to train on. */
class WrittenResultsTests {
    @TempDir
    private Path folder;

    @Test
    void panopticResultsInCocosFormAreADataSet() {
        Labels labels =
                new Labels(List.of(new Label(0, "car", true, 0xff0000, 3), new Label(1, "sky", false, 0x0000ff, 9)));
        int[] ids = {1, 1, 0, 700, 2, 2};
        Image picture = Image.read(Drawn.picture(folder.resolve("images/a.png"), 3, 2));
        PanopticSegmentation result = new PanopticSegmentation(
                picture,
                labels,
                ids,
                List.of(
                        segment(1, labels.get(0), ids),
                        segment(700, labels.get(0), ids),
                        segment(2, labels.get(1), ids)));
        try (CocoPanoptic coco = CocoPanoptic.create(folder.resolve("panoptic/panoptic.json"))) {
            coco.add(1, "a.png", "a.panoptic.png", result);
        }
        String yaml = "format: coco-panoptic\n"
                + "parts: {val: {images: images, annotations: panoptic/panoptic.json, masks: panoptic}}\n";
        Dataset data = Dataset.open(Drawn.text(folder.resolve("data.yaml"), yaml), "val", Optional.empty());

        assertThat(data.labels().list())
                .extracting(l -> l.name() + " " + l.thing() + " " + l.datasetId())
                .containsExactly("car true 3", "sky false 9");
        assertThat(data.get(0).panoptic().map().ids()).containsExactly(ids);
        assertThat(data.get(0).panoptic().map().segments())
                .containsExactlyInAnyOrder(
                        new PanopticMap.Entry(1, 0, false, 2),
                        new PanopticMap.Entry(700, 0, false, 1),
                        new PanopticMap.Entry(2, 1, false, 2));
        assertThat(DatasetCheck.check(List.of(data), Progress.NONE).get(0).findings())
                .isEmpty();
    }

    private static Segment segment(int id, Label label, int[] ids) {
        return Segment.of(id, label, 0.9, CocoRle.encode(2, 3, ids, id));
    }
}
