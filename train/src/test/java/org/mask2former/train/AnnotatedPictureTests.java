package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.data.AnnotatedSegment;
import org.mask2former.data.Annotation;
import org.mask2former.data.ClassMap;
import org.mask2former.data.PanopticMap;
import org.mask2former.data.Sample;
import org.mask2former.result.CocoRle;
import org.mask2former.result.Labels;

class AnnotatedPictureTests {
    private static final Labels LABELS = Pictures.CLASSES.labels();
    private static final int SKY = 2;

    @TempDir
    private Path folder;

    @Test
    void crowdsAndVoidAndEmptySegmentsAreLeftOutOfPanopticPictures() {
        int[] ids = {
            0, 1, 1, 5,
            0, 2, 3, 5
        };
        PanopticMap map = new PanopticMap(
                4,
                2,
                ids,
                List.of(
                        new PanopticMap.Entry(1, 0, false, 2),
                        new PanopticMap.Entry(2, 0, false, 1),
                        new PanopticMap.Entry(3, 1, true, 1),
                        new PanopticMap.Entry(4, 1, false, 0),
                        new PanopticMap.Entry(5, SKY, false, 2)));
        AnnotatedPicture picture = read(Annotation.Panoptic.of(map), Task.PANOPTIC);
        assertThat(picture.segments())
                .containsExactly(
                        segment(0, 0, 1, 1, 0, 0, 0, 0, 0),
                        segment(0, 0, 0, 0, 0, 0, 1, 0, 0),
                        segment(SKY, 0, 0, 0, 1, 0, 0, 0, 1));
    }

    @Test
    void stuffIsOneSegmentForEachClass() {
        int[] ids = {
            1, 1, 2, 3,
            1, 1, 2, 3
        };
        PanopticMap map = new PanopticMap(
                4,
                2,
                ids,
                List.of(
                        new PanopticMap.Entry(1, SKY, false, 4),
                        new PanopticMap.Entry(2, 0, false, 2),
                        new PanopticMap.Entry(3, SKY, false, 2)));
        assertThat(read(Annotation.Panoptic.of(map), Task.PANOPTIC).segments())
                .containsExactly(segment(SKY, 1, 1, 0, 1, 1, 1, 0, 1), segment(0, 0, 0, 1, 0, 0, 0, 1, 0));
    }

    @Test
    void everyClassIsOneSegmentOfASemanticPicture() {
        short[] labels = {0, 0, 1, ClassMap.IGNORE, SKY, 0, 1, 1};
        AnnotatedPicture picture = read(Annotation.Semantic.of(new ClassMap(4, 2, labels)), Task.SEMANTIC);
        assertThat(picture.segments())
                .containsExactly(
                        segment(0, 1, 1, 0, 0, 0, 1, 0, 0),
                        segment(1, 0, 0, 1, 0, 0, 0, 1, 1),
                        segment(SKY, 0, 0, 0, 0, 1, 0, 0, 0));
    }

    @Test
    void instancesMayOverlapAndCrowdsAreLeftOut() {
        CocoRle left = segment(0, 1, 1, 1, 0, 0, 0, 0, 0).mask();
        CocoRle right = segment(0, 0, 1, 1, 1, 0, 0, 0, 0).mask();
        AnnotatedPicture picture = read(
                new Annotation.Instances(
                        4,
                        2,
                        List.of(
                                AnnotatedSegment.of(7, 0, false, left),
                                AnnotatedSegment.of(8, 1, true, left),
                                AnnotatedSegment.of(9, 0, false, CocoRle.empty(2, 4)),
                                AnnotatedSegment.of(10, 0, false, right))),
                Task.INSTANCE);
        assertThat(picture.segments())
                .containsExactly(new AnnotatedPicture.Segment(0, left), new AnnotatedPicture.Segment(0, right));
    }

    @Test
    void anAnnotationOfAnotherSizeIsRefused() {
        Annotation annotation = new Annotation.Instances(5, 2, List.of());
        assertThatThrownBy(() -> read(annotation, Task.INSTANCE))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("picture.png")
                .hasMessageContaining("4×2")
                .hasMessageContaining("5×2");
    }

    @Test
    void aMissingPictureIsNamed() {
        Sample sample = Pictures.sample("lost", folder.resolve("lost.png"), new Annotation.Instances(4, 2, List.of()));
        assertThatThrownBy(() -> AnnotatedPicture.read(sample, Task.INSTANCE, LABELS))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("lost.png");
    }

    private AnnotatedPicture read(Annotation annotation, Task task) {
        Path file = folder.resolve("picture.png");
        Pictures.image(4, 2).write(file);
        return AnnotatedPicture.read(Pictures.sample("picture", file, annotation), task, LABELS);
    }

    private static AnnotatedPicture.Segment segment(int labelId, int... mask) {
        byte[] bytes = new byte[mask.length];
        for (int i = 0; i < mask.length; i++) {
            bytes[i] = (byte) mask[i];
        }
        return new AnnotatedPicture.Segment(labelId, CocoRle.encode(2, 4, bytes));
    }
}
