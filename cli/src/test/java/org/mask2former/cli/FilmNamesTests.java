package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilmNamesTests {
    @ParameterizedTest
    @CsvSource({
        "films/street.mp4, street.mp4",
        "camera-0, camera-0",
        "rtsp://camera.local/yard?token=1, yard",
        "rtsp://user:secret@camera.local:554/, stream",
        "udp://0.0.0.0:9999, stream",
        "srt://127.0.0.1:9000?mode=caller, stream",
    })
    void filmsAreCalledByTheLastPartOfTheirPath(String film, String title) {
        assertThat(FilmNames.title(film)).isEqualTo(title);
    }
}
