package org.mask2former.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SoundTrackTests {
    @TempDir
    private Path temp;

    /** A packet of sound: when it is heard, and its content. */
    private record Packet(double seconds, int hash) {}

    @Test
    void theSoundIsTheSamePacketForPacket() {
        Path film = withSound("film.mp4", "aac");
        Path copy = copy(film, "copy.mp4", 0, 50, true);
        List<Packet> before = packets(film);
        List<Packet> after = packets(copy);
        assertThat(before).hasSizeGreaterThan(100);
        assertThat(after).extracting(Packet::hash).isEqualTo(hashes(before));
        for (int i = 0; i < after.size(); i++) {
            assertThat(after.get(i).seconds())
                    .isEqualTo(Math.max(0, before.get(i).seconds()), within(0.03));
        }
        assertThat(FilmTests.times(copy, 0)).hasSize(50);
    }

    @Test
    void soundBeginsAndEndsWithThePicturesThatAreWritten() {
        Path film = withSound("film.mp4", "aac");
        List<Packet> before = packets(film);
        List<Packet> after = packets(copy(film, "copy.mp4", 1, 10, false));
        int first = hashes(before).indexOf(after.get(0).hash());
        assertThat(before.get(first).seconds()).isBetween(1.0, 1.03);
        assertThat(after.get(0).seconds()).isBetween(0.0, 0.03);
        assertThat(after.get(after.size() - 1).seconds()).isBetween(0.35, 0.4);
        assertThat(hashes(before).subList(first, first + after.size())).isEqualTo(hashes(after));
    }

    @Test
    void soundEndsWhereTheSelectionDoesAndElseGoesOnToItsOwnEnd() {
        Path film = withSound("film.mp4", "aac");
        assertThat(end(segmented(film, 0.4, 1))).isBetween(0.56, 0.62);
        assertThat(end(segmented(film, 0.4, 30))).isGreaterThan(2.5);
    }

    /** Written by a pipeline, the frames between two times. */
    private Path segmented(Path film, double start, double end) {
        Path copy = temp.resolve("copy.mp4");
        FrameSelection selection = new FrameSelection(start, end, 1, Double.POSITIVE_INFINITY);
        try (FrameSource source = selection.of(FilmReader.open(film, start));
                FilmWriter writer = FilmWriter.create(copy, FilmFormat.of(source), SoundTrack.open(film, start))) {
            OverlaySink overlay = new OverlaySink(OverlaySink.DEFAULT, List.of(writer));
            new FilmPipeline(source, Red::nothing, Red::segment, overlay).run();
        }
        return copy;
    }

    private static double end(Path film) {
        List<Packet> packets = packets(film);
        return packets.get(packets.size() - 1).seconds();
    }

    @Test
    void soundThatAFileCannotHoldIsRefusedAndMatroskaHoldsIt() {
        Path film = withSound("film.avi", "wmav2");
        assertThatThrownBy(() -> copy(film, "copy.mp4", 0, 5, true))
                .isInstanceOf(VideoException.class)
                .hasMessageEndingWith("copy.mp4: cannot hold sound of this kind; a file that ends in .mkv can");
        assertThat(hashes(packets(copy(film, "copy.mkv", 0, 50, true)))).isEqualTo(hashes(packets(film)));
    }

    @Test
    void aFilmMayHaveNone() {
        Path film = Drawn.film(temp.resolve("film.mp4"), 64, 48, 25, 5);
        assertThat(SoundTrack.open(film, 0)).isEmpty();
    }

    private Path withSound(String name, String encoder) {
        return OddFilm.to(temp.resolve(name), "mpeg4", AV_PIX_FMT_YUV420P)
                .sound(encoder)
                .write(Drawn.frames(64, 48, 50), 64, 48);
    }

    private Path copy(Path film, String name, double start, int frames, boolean rest) {
        Path copy = temp.resolve(name);
        try (SoundTrack sound = SoundTrack.open(film, start).orElseThrow();
                FilmWriter writer = FilmWriter.create(copy, new FilmFormat(64, 48, 25, 1), Optional.of(sound))) {
            for (int i = 0; i < frames; i++) writer.write(Drawn.frame(64, 48, i), i / 25.0);
            writer.finish(rest);
        }
        return copy;
    }

    private static List<Integer> hashes(List<Packet> packets) {
        return packets.stream().map(Packet::hash).toList();
    }

    private static List<Packet> packets(Path film) {
        AVFormatContext format = FilmInput.file(film).open();
        AVPacket packet = av_packet_alloc();
        List<Packet> packets = new ArrayList<>();
        while (av_read_frame(format, packet) >= 0) {
            var stream = format.streams(packet.stream_index());
            if (stream.codecpar().codec_type() == AVMEDIA_TYPE_AUDIO) {
                byte[] content = new byte[packet.size()];
                packet.data().capacity(content.length).get(content);
                packets.add(new Packet(packet.pts() * Ffmpeg.value(stream.time_base()), Arrays.hashCode(content)));
            }
            av_packet_unref(packet);
        }
        av_packet_free(packet);
        avformat_close_input(format);
        return packets;
    }
}
