package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubSettingsTests {
    @TempDir
    Path home;

    private HubSettings of(Map<String, String> environment) {
        return HubSettings.fromEnvironment(environment, home);
    }

    @Test
    void anEmptyEnvironmentMeansThePublicHubAndTheUsualCache() {
        HubSettings settings = of(Map.of());

        assertThat(settings.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
        assertThat(settings.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(settings.assets()).isEqualTo(home.resolve(".cache/huggingface/assets"));
        assertThat(settings.token()).isEmpty();
        assertThat(settings.offline()).isFalse();
        assertThat(settings.symlinks()).isTrue();
        assertThat(settings.metadataTimeout()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void theMoreSpecificFolderWins() {
        assertThat(of(Map.of("XDG_CACHE_HOME", "/x")).cache()).isEqualTo(Path.of("/x/huggingface/hub"));
        assertThat(of(Map.of("XDG_CACHE_HOME", "/x", "HF_HOME", "/h")).cache()).isEqualTo(Path.of("/h/hub"));
        assertThat(of(Map.of("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/old")).cache())
                .isEqualTo(Path.of("/old"));
        assertThat(of(Map.of("HUGGINGFACE_HUB_CACHE", "/old", "HF_HUB_CACHE", "/new"))
                        .cache())
                .isEqualTo(Path.of("/new"));
        assertThat(of(Map.of("HF_HUB_CACHE", " ")).cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    }

    @Test
    void pathsMayNameTheHomeFolderAndVariables() {
        assertThat(of(Map.of("HF_HOME", "~/models")).cache()).isEqualTo(home.resolve("models/hub"));
        assertThat(of(Map.of("HF_HUB_CACHE", "$DISK/hub", "DISK", "/data")).cache())
                .isEqualTo(Path.of("/data/hub"));
        assertThat(of(Map.of("HF_HUB_CACHE", "/a/${DISK}/hub", "DISK", "b")).cache())
                .isEqualTo(Path.of("/a/b/hub"));
    }

    @Test
    void theTokenComesFromTheVariableElseFromTheFile() throws IOException {
        Path file = home.resolve(".cache/huggingface/token");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "hf_of_file\r\n");

        assertThat(of(Map.of()).token()).isEqualTo("hf_of_file");
        assertThat(of(Map.of("HF_TOKEN", "hf_of_variable\n")).token()).isEqualTo("hf_of_variable");
        assertThat(of(Map.of("HUGGING_FACE_HUB_TOKEN", "hf_old")).token()).isEqualTo("hf_old");
        assertThat(of(Map.of("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).token()).isEmpty();

        Path other = Files.writeString(home.resolve("other"), "hf_other");
        assertThat(of(Map.of("HF_TOKEN_PATH", other.toString())).token()).isEqualTo("hf_other");
    }

    @ParameterizedTest
    @CsvSource({"1,true", "on,true", "YES,true", "True,true", "0,false", "off,false", "maybe,false"})
    void offlineIsWhatPythonTakesForTrue(String value, boolean offline) {
        assertThat(of(Map.of("HF_HUB_OFFLINE", value)).offline()).isEqualTo(offline);
        assertThat(of(Map.of("TRANSFORMERS_OFFLINE", value)).offline()).isEqualTo(offline);
    }

    @Test
    void aMirrorMayHaveAPathAndASlashAtItsEnd() {
        assertThat(of(Map.of("HF_ENDPOINT", "https://mirror.example/hf/")).endpoint())
                .isEqualTo(URI.create("https://mirror.example/hf"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mirror.example",
                "ftp://mirror.example",
                "https://",
                "https://user:pw@mirror",
                "a b",
                "https://m/?q"
            })
    void anEndpointThatIsNoneIsNamed(String endpoint) {
        assertThatThrownBy(() -> of(Map.of("HF_ENDPOINT", endpoint)))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HF_ENDPOINT")
                .hasMessageContaining(endpoint);
    }

    @Test
    void aTokenWithASpaceIsRefusedWithoutShowingIt() {
        assertThatThrownBy(() -> of(Map.of("HF_TOKEN", "hf_secret hf_secret")))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HF_TOKEN")
                .hasMessageNotContaining("secret");
    }

    @Test
    void neitherTokenNorProxyPasswordIsEverPrinted() {
        HubSettings settings = of(Map.of("HF_TOKEN", "hf_secret", "HTTPS_PROXY", "http://me:secret@proxy:3128"));

        assertThat(settings.toString()).contains("token=set", "proxy:3128").doesNotContain("secret");
    }

    @Test
    void timeoutsAreWholeSeconds() {
        assertThat(of(Map.of("HF_HUB_DOWNLOAD_TIMEOUT", "30")).downloadTimeout())
                .isEqualTo(Duration.ofSeconds(30));
        assertThatThrownBy(() -> of(Map.of("HF_HUB_ETAG_TIMEOUT", "soon")))
                .hasMessageContaining("HF_HUB_ETAG_TIMEOUT=soon");
        assertThatThrownBy(() -> of(Map.of("HF_HUB_ETAG_TIMEOUT", "0"))).hasMessageContaining("HF_HUB_ETAG_TIMEOUT=0");
    }
}
