package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.checkpoint.HubSettings;

class DoctorCommandTests {
    /** Port 9 of this machine, where nobody listens. */
    private static final String NOBODY = "http://127.0.0.1:9";

    @TempDir
    private Path temp;

    @Test
    void eachThingIsALineAndWarningsSayWhatToDo() {
        Run run = Run.with(Map.of("HF_HOME", temp.toString(), "HF_ENDPOINT", NOBODY), "doctor");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains(
                        "ok    java",
                        "ok    libtorch     2.",
                        "ok    pictures",
                        "ok    films        FFmpeg 8",
                        "ok    model cache  " + temp)
                .containsPattern("warn  hub +cannot connect to 127.0.0.1:9.*\n +→ local models");
    }

    @Test
    void jsonSaysTheSame() throws IOException {
        Run run = Run.with(Map.of("HF_HOME", temp.toString(), "HF_HUB_OFFLINE", "1"), "doctor", "--json");
        JsonNode checks = new ObjectMapper().readTree(run.out());
        assertThat(checks).hasSizeGreaterThan(8);
        for (JsonNode check : checks) {
            assertThat(check.get("name").asText()).isNotEmpty();
            assertThat(check.get("state").asText()).isIn("ok", "warn", "fail");
            assertThat(check.get("found").asText()).isNotEmpty();
            assertThat(check.get("advice").asText().isEmpty())
                    .isEqualTo(check.get("state").asText().equals("ok"));
        }
        assertThat(checks.findValuesAsText("name"))
                .contains("java", "libtorch", "gpu", "natives", "hub")
                .doesNotHaveDuplicates();
    }

    @Test
    void aCacheThatCannotBeWrittenIsAFailureAndExitCode1() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "");
        Run run = Run.with(Map.of("HF_HUB_CACHE", file.resolve("hub").toString(), "HF_HUB_OFFLINE", "1"), "doctor");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).containsPattern("fail  model cache .*cannot be written\n +→ .*HF_HOME");
    }

    @Test
    void aVariableThatCannotBeMeantDoesNotHideTheRest() {
        Run run = Run.with(Map.of("HF_ENDPOINT", "nowhere"), "doctor");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("ok    java").containsPattern("fail  model cache .*nowhere.*HF_ENDPOINT");
    }

    @Test
    void aSlowCpuAndAnIdleGpuAreSaid() throws IOException {
        Path cpuInfo = Files.writeString(temp.resolve("cpuinfo"), "processor : 0\nflags\t\t: fpu sse2 avx\n");
        Path driver = Files.writeString(temp.resolve("version"), "NVRM version");
        HubSettings offline = HubSettings.of(temp.resolve("hub")).withOffline(true);
        List<Check> checks = new Doctor(() -> offline, cpuInfo, driver).examine();
        assertThat(checks)
                .filteredOn(c -> c.name().equals("cpu"))
                .singleElement()
                .satisfies(c -> {
                    assertThat(c.state()).isEqualTo(Check.State.WARN);
                    assertThat(c.advice()).contains("AVX2");
                });
        assertThat(checks)
                .filteredOn(c -> c.name().equals("gpu"))
                .singleElement()
                .satisfies(c -> assertThat(c.advice()).contains("M2F_GPU=1"));
    }

    @Test
    void aMachineThatDoesNotListItsCpuIsNoFailure() {
        HubSettings offline = HubSettings.of(temp.resolve("hub")).withOffline(true);
        List<Check> checks = new Doctor(() -> offline, temp.resolve("none"), temp.resolve("none")).examine();
        assertThat(checks)
                .filteredOn(c -> c.name().equals("cpu"))
                .singleElement()
                .satisfies(c -> assertThat(c.state()).isEqualTo(Check.State.OK));
    }
}
