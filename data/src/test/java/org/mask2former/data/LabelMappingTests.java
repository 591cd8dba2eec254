package org.mask2former.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mask2former.Mask2FormerException;
import org.mask2former.result.Label;
import org.mask2former.result.Labels;

class LabelMappingTests {
    @Test
    void namesDecideWhateverTheOrder() {
        LabelMapping mapping = LabelMapping.of(labels("sky", " Car", "tree"), labels("car", "sky"));
        assertThat(mapping.of(0)).isEqualTo(1);
        assertThat(mapping.of(1)).isEqualTo(0);
        assertThat(mapping.of(2)).isEqualTo(-1);
        assertThat(mapping.remarks()).containsExactly("classes that the data set lacks, left out: tree");
    }

    @Test
    void equallyManyClassesInOrderAreTheSameUnderOtherNames() {
        LabelMapping mapping = LabelMapping.of(labels("sky", "LABEL_1", "tree"), labels("sky", "car", "tree"));
        assertThat(mapping.of(1)).isEqualTo(1);
        assertThat(mapping.remarks())
                .containsExactly("classes named otherwise in model and data set: 'LABEL_1' is taken for 'car'");
    }

    @Test
    void whatTheModelLacksIsSaid() {
        assertThat(LabelMapping.of(labels("sky"), labels("car", "sky", "bus")).remarks())
                .containsExactly("classes that the model lacks, always missed: car, bus");
    }

    @Test
    void manyNamesAreShortened() {
        Labels many = labels("a", "b", "c", "d", "e", "f", "g");
        assertThatThrownBy(() -> LabelMapping.of(many, labels("x", "y")))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageStartingWith(
                        "the model (a, b, c, d, e and 2 more) has no class of the data set (x, y); it must be trained");
    }

    @Test
    void segmentsWithoutACounterpartBecomeVoid() {
        LabelMapping mapping = LabelMapping.of(labels("sky", "tree"), labels("car", "sky", "bus"));
        PanopticMap map = new PanopticMap(
                3,
                1,
                new int[] {5, 6, 6},
                List.of(new PanopticMap.Entry(5, 0, false, 1), new PanopticMap.Entry(6, 1, false, 2)));
        PanopticMap mapped = mapping.apply(map);
        assertThat(mapped.ids()).containsExactly(5, 0, 0);
        assertThat(mapped.segments()).containsExactly(new PanopticMap.Entry(5, 1, false, 1));
        assertThat(map.ids()).containsExactly(5, 6, 6);
        assertThat(mapping.apply(new ClassMap(3, 1, new short[] {0, 1, -1})).labels())
                .containsExactly((short) 1, (short) -1, (short) -1);
    }

    private static Labels labels(String... names) {
        List<Label> list = new ArrayList<>();
        for (String name : names) {
            list.add(new Label(list.size(), name, true, list.size(), list.size()));
        }
        return new Labels(list);
    }
}
