package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubLicenceTests {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "license: mit|mit",
                "license: \"cc-by-nc-4.0\"  # weights|cc-by-nc-4.0",
                "tags:~- vision~license: apache-2.0~library_name: x|apache-2.0",
                "license:~- mit~- cc-by-4.0~tags:~- vision|mit, cc-by-4.0",
                "license: [mit, 'apache-2.0']|mit, apache-2.0",
                "license: other~license_name: our-terms~license_link: https://a.example/t|our-terms (https://a.example/t)",
                "license: other~license_link: LICENSE|LICENSE",
                "license: mit~license_link: LICENSE|mit (LICENSE)",
            })
    void readsTheFrontMatter(String yaml, String licence) {
        String readme = "---\n" + yaml.replace('~', '\n') + "\n---\n# Title\nlicense: not-this\n";

        assertThat(HubLicence.ofReadme(readme)).contains(licence);
        assertThat(HubLicence.ofReadme(readme.replace("\n", "\r\n"))).contains(licence);
    }

    @ParameterizedTest
    @CsvSource({"license: other", "license:", "tags:~- license: mit", "'model:~  license: mit'", "license: unknown"})
    void findsNoneWhereNoneIsStated(String yaml) {
        assertThat(HubLicence.ofReadme("---\n" + yaml.replace('~', '\n') + "\n---\n"))
                .isEmpty();
    }

    @Test
    void findsNoneOutsideTheFrontMatter() {
        assertThat(HubLicence.ofReadme("")).isEmpty();
        assertThat(HubLicence.ofReadme("# Title\nlicense: mit\n")).isEmpty();
    }

    @Test
    void readsTheHubsDescription() throws IOException {
        ObjectMapper json = new ObjectMapper();

        assertThat(HubLicence.ofApi(
                        json.readTree("{\"cardData\":{\"license\":\"mit\"},\"tags\":[\"license:apache-2.0\"]}")))
                .contains("mit");
        assertThat(HubLicence.ofApi(json.readTree("{\"cardData\":{\"license\":[\"mit\",\"bsd\"]}}")))
                .contains("mit, bsd");
        assertThat(HubLicence.ofApi(json.readTree("{\"tags\":[\"vision\",\"license:apache-2.0\"]}")))
                .contains("apache-2.0");
        assertThat(HubLicence.ofApi(json.readTree("{\"tags\":[\"license:other\"]}")))
                .isEmpty();
        assertThat(HubLicence.ofApi(json.readTree("[]"))).isEmpty();
    }

    @Test
    void knowsTheOriginalsLicenceForItsAuthorsOnly() {
        assertThat(HubLicence.ofOwner(HubId.parse("facebook/mask2former-swin-large-ade-semantic")))
                .contains(HubLicence.ORIGINAL);
        assertThat(HubLicence.ofOwner(HubId.parse("someone/mask2former-swin-large")))
                .isEmpty();
        assertThat(HubLicence.ofOwner(HubId.parse("facebook/detr-resnet-50"))).isEmpty();
    }
}
