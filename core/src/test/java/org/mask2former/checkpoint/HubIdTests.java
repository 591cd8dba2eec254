package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubIdTests {
    @Test
    void meansTheMainBranchUnlessTold() {
        HubId id = HubId.parse("facebook/mask2former-swin-tiny-coco-panoptic");

        assertThat(id).isEqualTo(new HubId("facebook", "mask2former-swin-tiny-coco-panoptic", "main"));
        assertThat(id).hasToString("facebook/mask2former-swin-tiny-coco-panoptic");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1.0", "refs/pr/1", "0123456789abcdef0123456789abcdef01234567", "feature/x-y_z", "1.0+a"})
    void takesBranchesTagsPullRequestsAndCommits(String revision) {
        HubId id = HubId.parse("owner/name@" + revision);

        assertThat(id.revision()).isEqualTo(revision);
        assertThat(id).hasToString("owner/name@" + revision);
        assertThat(HubId.matches("owner/name@" + revision)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "Foo-BAR/foo.bar123", "_x/y_", "1/2"})
    void takesWhatTheHubTakes(String text) {
        assertThat(HubId.parse(text).model()).isEqualTo(text);
        assertThat(HubId.matches(text)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``|it is empty",
                "` owner/name`|begins or ends with a space",
                "mask2former-swin-tiny|the owner is missing",
                "owner/|nothing follows '/'",
                "/name|nothing stands before '/'",
                "datasets/owner/name|more than one '/'",
                "owner\\name|write owner/name",
                "owner/name@|nothing follows '@'",
                "owner/name:v1|write owner/name@v1",
                "https://huggingface.co/facebook/mask2former-swin-tiny|write facebook/mask2former-swin-tiny",
                "https://huggingface.co/owner/name/tree/v1|write owner/name@v1",
                "https://hf.co/owner/name/blob/main/config.json|write owner/name",
                "hf://owner/name|write owner/name",
                "own er/name|letters, digits",
                "owner/na--me|letters, digits",
                "owner/..|letters, digits",
                "owner/na..me|letters, digits",
                "owner/name.git|letters, digits",
                "-owner/name|letters, digits",
                "öwner/name|letters, digits",
                "owner/name@../../etc|what follows '@'",
                "owner/name@/main|what follows '@'",
                "owner/name@a b|what follows '@'",
                "owner/name@main.lock|what follows '@'"
            })
    void saysWhatIsWrongWithOthers(String text, String why) {
        assertThatThrownBy(() -> HubId.parse(text))
                .isInstanceOf(HubException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("is not a model of the hub")
                .hasMessageNotContaining("\n");
        assertThat(HubId.matches(text)).isFalse();
    }

    @Test
    void refusesNamesThatAreTooLong() {
        assertThatThrownBy(() -> HubId.parse("owner/" + "n".repeat(97))).hasMessageContaining("at most 96");
    }
}
