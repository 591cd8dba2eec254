package org.mask2former.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mask2former.Compat;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.TestSize.Exact;
import org.mask2former.image.TestSize.ShortestEdge;

class TestSizeTests {
    private static final List<String> COCO_PANOPTIC = labels(133, "person", "bicycle", "car", "motorcycle", "airplane");
    private static final List<String> COCO_INSTANCE = labels(80, "person", "bicycle", "car", "motorcycle", "airplane");
    private static final List<String> CITYSCAPES = labels(19, "road", "sidewalk", "building", "wall", "fence");
    private static final List<String> CITYSCAPES_INSTANCE = labels(8, "person", "rider", "car", "truck", "bus");
    private static final List<String> MAPILLARY = labels(65, "Bird", "Ground Animal", "Curb", "Fence");
    private static final List<String> ADE_SEMANTIC =
            labels(150, "wall", "building", "sky", "floor", "tree", "ceiling", "road", "bed ", "windowpane");
    private static final List<String> ADE_PANOPTIC =
            labels(150, "wall", "building", "sky", "floor", "tree", "ceiling", "road, route", "bed", "window ");
    private static final List<String> ADE_INSTANCE = labels(100, "bed", "windowpane", "cabinet", "person");

    private static List<String> labels(int count, String... first) {
        List<String> all = new ArrayList<>(List.of(first));
        while (all.size() < count) {
            all.add("class " + all.size());
        }
        return all;
    }

    @Test
    void understandsWhatAPersonWrites() {
        assertThat(TestSize.parse("512x512")).isEqualTo(new Exact(512, 512));
        assertThat(TestSize.parse("1024x512")).isEqualTo(new Exact(512, 1024));
        assertThat(TestSize.parse(" 640X480 ")).isEqualTo(new Exact(480, 640));
        assertThat(TestSize.parse("800/1333")).isEqualTo(new ShortestEdge(800, 1333));
        assertThat(TestSize.parse("800")).isEqualTo(new ShortestEdge(800, 3200));
        assertThat(TestSize.parse("30000")).isEqualTo(new ShortestEdge(30000, TestSize.LARGEST));
    }

    @Test
    void writesItselfAsItIsRead() {
        for (TestSize size : List.of(new Exact(3, 4), new ShortestEdge(512, 2048))) {
            assertThat(TestSize.parse(size.toString())).isEqualTo(size);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "512x",
                "512*512",
                "-5",
                "512x512x3",
                "1e3",
                "0",
                "0x5",
                "99999",
                "800/600",
                "9999999999"
            })
    void refusesEverythingElseInOneLine(String text) {
        assertThatThrownBy(() -> TestSize.parse(text))
                .isInstanceOf(Mask2FormerException.class)
                .message()
                .doesNotContain("\n")
                .contains("size");
    }

    @Test
    void publishedSettingsAreThoseOfTheOriginalConfigurations() {
        assertThat(TestSize.published(COCO_PANOPTIC, "Swin-T")).contains(new ShortestEdge(800, 1333));
        assertThat(TestSize.published(COCO_INSTANCE, "ResNet-50")).contains(new ShortestEdge(800, 1333));
        assertThat(TestSize.published(CITYSCAPES, "Swin-L")).contains(new ShortestEdge(1024, 2048));
        assertThat(TestSize.published(CITYSCAPES_INSTANCE, "Swin-T")).contains(new ShortestEdge(1024, 2048));
        assertThat(TestSize.published(MAPILLARY, "Swin-L")).contains(new ShortestEdge(2048, 2048));
        assertThat(TestSize.published(ADE_INSTANCE, "ResNet-50")).contains(new ShortestEdge(640, 2560));
    }

    @ParameterizedTest
    @CsvSource({
        "Swin-T, 512, 512",
        "Swin-S, 512, 512",
        "ResNet-101, 512, 512",
        "ResNet-50, 512, 640",
        "Swin-B, 640, 640",
        "Swin-L, 640, 640",
    })
    void ade20kDependsOnTheBackboneAndForResNet50OnTheNames(String backbone, int semantic, int panoptic) {
        assertThat(TestSize.published(ADE_SEMANTIC, backbone)).contains(new ShortestEdge(semantic, 4 * semantic));
        assertThat(TestSize.published(ADE_PANOPTIC, backbone)).contains(new ShortestEdge(panoptic, 4 * panoptic));
    }

    @Test
    void otherClassesArePublishedNowhere() {
        assertThat(TestSize.published(labels(133, "class_0"), "Swin-T")).isEmpty();
        assertThat(TestSize.published(labels(7, "person"), "Swin-T")).isEmpty();
        assertThat(TestSize.published(labels(2, "person"), "Swin-T")).isEmpty();
    }

    @Test
    void whatIsAskedForWinsThenWhatSomebodyChoseThenWhatIsPublished() {
        PreprocessorConfig converted = PreprocessorConfig.DEFAULT.withSize(new Exact(384, 384));
        PreprocessorConfig chosen = PreprocessorConfig.DEFAULT.withSize(new ShortestEdge(600, 900));
        Optional<TestSize> none = Optional.empty();
        assertThat(size(converted, Compat.PAPER, Optional.of(new Exact(64, 64)), CITYSCAPES))
                .isEqualTo(new Exact(64, 64));
        assertThat(size(converted, Compat.PAPER, none, CITYSCAPES)).isEqualTo(new ShortestEdge(1024, 2048));
        assertThat(size(PreprocessorConfig.DEFAULT, Compat.PAPER, none, CITYSCAPES))
                .isEqualTo(new ShortestEdge(1024, 2048));
        assertThat(size(chosen, Compat.PAPER, none, CITYSCAPES)).isEqualTo(new ShortestEdge(600, 900));
        assertThat(size(converted, Compat.PAPER, none, labels(7, "a"))).isEqualTo(new Exact(384, 384));
        assertThat(size(converted, Compat.HF, none, CITYSCAPES)).isEqualTo(new Exact(384, 384));
        assertThat(size(converted, Compat.HF, Optional.of(new Exact(64, 64)), CITYSCAPES))
                .isEqualTo(new Exact(64, 64));
    }

    private static TestSize size(
            PreprocessorConfig config, Compat compat, Optional<TestSize> asked, List<String> labels) {
        return Preprocessor.forModel(config, compat, asked, labels, "Swin-L")
                .config()
                .size();
    }
}
