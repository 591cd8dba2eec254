package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_ALL;
import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_DEFAULT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_copy;
import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FLAG_BACKWARD;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_seek_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_query_codec;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;

/**
 * A film's sound, copied packet by packet as it is. It opens the film a second time, so that nothing has to be held while
 * the pictures take their way through the network. For one thread.
 */
public final class SoundTrack implements AutoCloseable {
    /** Matroska's way of holding what it has no name of its own for. */
    private static final int FF_COMPLIANCE_UNOFFICIAL = -1;

    private final AVFormatContext input;
    private final AVStream from;
    private final double timeBase;
    /** Of the film's first frame, in {@link #timeBase}'s units. */
    private final long origin;

    /** Else what lies before the first frame stays: encoders begin with a piece that warms up decoders. */
    private final boolean cutsBeginning;

    private final AVPacket packet = av_packet_alloc();
    private boolean packetWaits;
    private boolean ended;

    private SoundTrack(AVFormatContext input, AVStream from, double filmBegin, double start) {
        this.input = input;
        this.from = from;
        timeBase = Ffmpeg.value(from.time_base());
        origin = Math.round((filmBegin + start) / timeBase);
        for (int i = 0; i < input.nb_streams(); i++) {
            input.streams(i).discard(i == from.index() ? AVDISCARD_DEFAULT : AVDISCARD_ALL);
        }
        cutsBeginning = start > 0;
        if (cutsBeginning) {
            av_seek_frame(input, from.index(), origin, AVSEEK_FLAG_BACKWARD);
        }
    }

    /**
     * Opens the sound of a film.
     *
     * @param start what comes before it is left out, in seconds of the film
     * @return empty if it has none
     */
    public static Optional<SoundTrack> open(Path film, double start) {
        AVFormatContext input = FilmInput.file(film).open();
        int video = av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0);
        int audio = av_find_best_stream(input, AVMEDIA_TYPE_AUDIO, -1, video, (AVCodec) null, 0);
        if (audio < 0) {
            avformat_close_input(input);
            return Optional.empty();
        }
        return Optional.of(
                new SoundTrack(input, input.streams(audio), video < 0 ? 0 : begin(input.streams(video)), start));
    }

    private static double begin(AVStream stream) {
        return stream.start_time() == AV_NOPTS_VALUE() ? 0 : stream.start_time() * Ffmpeg.value(stream.time_base());
    }

    /** Whether a file of this name can hold such sound. */
    public boolean fits(Path film) {
        return avformat_query_codec(FilmWriter.container(film), from.codecpar().codec_id(), FF_COMPLIANCE_UNOFFICIAL)
                == 1;
    }

    /** Announces the sound in a file whose header is not yet written. */
    AVStream addTo(AVFormatContext output) {
        AVStream to = avformat_new_stream(output, null);
        avcodec_parameters_copy(to.codecpar(), from.codecpar());
        to.codecpar().codec_tag(0);
        to.time_base(from.time_base());
        return to;
    }

    /** Writes what comes before a time, in seconds since the start; returns FFmpeg's error code. */
    int copyUntil(double seconds, AVFormatContext output, AVStream to) {
        long limit = seconds == Double.POSITIVE_INFINITY ? Long.MAX_VALUE : (long) (seconds / timeBase);
        int code = 0;
        while (code >= 0 && advance() && packet.pts() - origin < limit) {
            packetWaits = false;
            if (cutsBeginning && packet.pts() < origin) {
                av_packet_unref(packet);
                continue;
            }
            packet.pts(packet.pts() - origin);
            packet.dts(packet.dts() == AV_NOPTS_VALUE() ? packet.pts() : packet.dts() - origin);
            packet.stream_index(to.index());
            packet.pos(-1);
            av_packet_rescale_ts(packet, from.time_base(), to.time_base());
            code = av_interleaved_write_frame(output, packet);
        }
        return code;
    }

    /** Makes sure that a packet waits; false at the end of the sound. */
    private boolean advance() {
        while (!packetWaits && !ended) {
            if (av_read_frame(input, packet) < 0) {
                ended = true;
            } else if (packet.stream_index() == from.index() && packet.pts() != AV_NOPTS_VALUE()) {
                packetWaits = true;
            } else {
                av_packet_unref(packet);
            }
        }
        return packetWaits;
    }

    @Override
    public void close() {
        if (!input.isNull()) {
            av_packet_free(packet);
            avformat_close_input(input);
            input.setNull();
        }
    }
}
