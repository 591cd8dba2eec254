package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CamerasTests {
    @TempDir
    private Path devices;

    @Test
    void aCameraIsFoundByItsNumber() throws IOException {
        Path camera = Files.createFile(devices.resolve("video2"));
        assertThat(Cameras.find("camera-2", 2, devices)).isEqualTo(camera);
    }

    @Test
    void whereThereIsNoneItIsSaidWhichThereAre() throws IOException {
        assertThatThrownBy(() -> Cameras.find("camera-0", 0, devices))
                .isInstanceOf(VideoException.class)
                .hasMessage("camera-0: " + devices + "/video0 is not there; there is no camera here");
        Files.createFile(devices.resolve("video2"));
        Files.createFile(devices.resolve("video4"));
        Files.createFile(devices.resolve("vcs2"));
        assertThatThrownBy(() -> Cameras.find("camera-0", 0, devices))
                .hasMessage("camera-0: " + devices + "/video0 is not there; there are 2, 4");
    }

    @Test
    void whatIsNoCameraIsRefused() {
        FilmInput input = new FilmInput(
                "camera-0",
                "/dev/null",
                java.util.Optional.of("v4l2"),
                java.util.Map.of(),
                true,
                java.util.Optional.empty());
        assertThatThrownBy(input::open)
                .isInstanceOf(VideoException.class)
                .hasMessageStartingWith("camera-0: ")
                .hasMessageNotContaining("\n");
    }
}
