package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_side_data_new;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_display_rotation_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.swscale.sws_alloc_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_free_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale_frame;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVOutputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.IntPointer;
import org.mask2former.image.Image;

/** Writes films that {@link FilmWriter} would not: with other codecs, pixel formats and containers, turned, with sound. */
final class OddFilm {
    private static final int SAMPLE_RATE = 44_100;
    /** Encoders of sound that want 16-bit samples rather than floating-point ones. */
    private static final List<String> WHOLE_SAMPLES = List.of("pcm_s16le", "mp2");

    private final Path file;
    private String encoder = "ffv1";
    private int pixels;
    private double fps = 25;
    private int gop = 10;
    private double turned;
    private String soundEncoder = "";
    private final Map<String, String> options = new HashMap<>();

    private OddFilm(Path file) {
        this.file = file;
    }

    /** @param pixels FFmpeg's number of the pixel format */
    static OddFilm to(Path file, String encoder, int pixels) {
        OddFilm film = new OddFilm(file);
        film.encoder = encoder;
        film.pixels = pixels;
        return film;
    }

    OddFilm fps(double value) {
        fps = value;
        return this;
    }

    OddFilm keyFrameEvery(int frames) {
        gop = frames;
        return this;
    }

    /** Players are to turn it clockwise by so many degrees. */
    OddFilm turned(double degrees) {
        turned = degrees;
        return this;
    }

    /** With a tone, a second more than pictures. */
    OddFilm sound(String encoderName) {
        soundEncoder = encoderName;
        return this;
    }

    /** An option of the container. */
    OddFilm option(String key, String value) {
        options.put(key, value);
        return this;
    }

    Path write(List<Image> frames, int width, int height) {
        Ffmpeg.load();
        AVFormatContext output = new AVFormatContext(null);
        check(avformat_alloc_output_context2(output, (AVOutputFormat) null, null, file.toString()));
        AVCodecContext codec = video(width, height);
        AVStream video = stream(output, codec);
        if (turned != 0) {
            turn(video);
        }
        AVCodecContext sound = soundEncoder.isEmpty() ? new AVCodecContext(null) : sound();
        AVStream audio = sound.isNull() ? video : stream(output, sound);
        AVIOContext io = new AVIOContext(null);
        check(avio_open(io, file.toString(), AVIO_FLAG_WRITE));
        output.pb(io);
        check(Ffmpeg.with(options, given -> avformat_write_header(output, given)));
        encode(frames, codec, output, video);
        if (!sound.isNull()) {
            encodeTone(frames.size() / fps + 1, sound, output, audio);
            avcodec_free_context(sound);
        }
        check(av_write_trailer(output));
        check(avio_closep(io));
        avcodec_free_context(codec);
        avformat_free_context(output);
        return file;
    }

    private AVCodecContext video(int width, int height) {
        AVCodec found = avcodec_find_encoder_by_name(encoder);
        AVCodecContext codec = avcodec_alloc_context3(found);
        codec.width(width);
        codec.height(height);
        codec.pix_fmt(pixels);
        codec.time_base().num(1000).den((int) Math.round(1000 * fps));
        codec.framerate().num((int) Math.round(1000 * fps)).den(1000);
        codec.gop_size(gop);
        codec.max_b_frames(0);
        codec.strict_std_compliance(-2);
        codec.flags(AV_CODEC_FLAG_GLOBAL_HEADER);
        check(avcodec_open2(codec, found, (AVDictionary) null));
        return codec;
    }

    private static AVStream stream(AVFormatContext output, AVCodecContext codec) {
        AVStream stream = avformat_new_stream(output, null);
        check(avcodec_parameters_from_context(stream.codecpar(), codec));
        stream.time_base(codec.time_base());
        return stream;
    }

    private void turn(AVStream video) {
        IntPointer count = new IntPointer(1).put(0);
        AVPacketSideData matrix =
                av_packet_side_data_new(video.codecpar().coded_side_data(), count, AV_PKT_DATA_DISPLAYMATRIX, 9 * 4, 0);
        video.codecpar().coded_side_data(matrix).nb_coded_side_data(1);
        av_display_rotation_set(new IntPointer(matrix.data()), turned);
    }

    private void encode(List<Image> frames, AVCodecContext codec, AVFormatContext output, AVStream stream) {
        SwsContext scaler = sws_alloc_context();
        AVPacket packet = av_packet_alloc();
        for (int i = 0; i < frames.size(); i++) {
            Image image = frames.get(i);
            AVFrame rgb = frame(AV_PIX_FMT_RGB24, image.width(), image.height());
            for (int y = 0; y < image.height(); y++) {
                rgb.data(0)
                        .position((long) y * rgb.linesize(0))
                        .put(image.rgb(), 3 * y * image.width(), 3 * image.width());
            }
            AVFrame frame = frame(pixels, codec.width(), codec.height());
            check(sws_scale_frame(scaler, frame, rgb));
            frame.pts(i);
            check(avcodec_send_frame(codec, frame));
            drain(codec, packet, output, stream);
            av_frame_free(frame);
            av_frame_free(rgb);
        }
        check(avcodec_send_frame(codec, null));
        drain(codec, packet, output, stream);
        av_packet_free(packet);
        sws_free_context(scaler);
    }

    private AVCodecContext sound() {
        AVCodec found = avcodec_find_encoder_by_name(soundEncoder);
        AVCodecContext codec = avcodec_alloc_context3(found);
        codec.sample_rate(SAMPLE_RATE);
        codec.sample_fmt(WHOLE_SAMPLES.contains(soundEncoder) ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_FLTP);
        codec.time_base().num(1).den(SAMPLE_RATE);
        av_channel_layout_default(codec.ch_layout(), 1);
        codec.flags(AV_CODEC_FLAG_GLOBAL_HEADER);
        check(avcodec_open2(codec, found, (AVDictionary) null));
        return codec;
    }

    private static void encodeTone(double seconds, AVCodecContext codec, AVFormatContext output, AVStream stream) {
        int samples = codec.frame_size() > 0 ? codec.frame_size() : 1024;
        AVPacket packet = av_packet_alloc();
        for (long at = 0; at < seconds * SAMPLE_RATE; at += samples) {
            AVFrame frame = av_frame_alloc();
            frame.nb_samples(samples);
            frame.format(codec.sample_fmt());
            frame.sample_rate(SAMPLE_RATE);
            av_channel_layout_default(frame.ch_layout(), 1);
            check(av_frame_get_buffer(frame, 0));
            fill(frame, at, samples);
            frame.pts(at);
            check(avcodec_send_frame(codec, frame));
            drain(codec, packet, output, stream);
            av_frame_free(frame);
        }
        check(avcodec_send_frame(codec, null));
        drain(codec, packet, output, stream);
        av_packet_free(packet);
    }

    private static void fill(AVFrame frame, long at, int samples) {
        boolean floats = frame.format() == AV_SAMPLE_FMT_FLTP;
        var bytes = frame.data(0).capacity((floats ? 4L : 2L) * samples).asByteBuffer();
        FloatBuffer real = bytes.asFloatBuffer();
        ShortBuffer whole = bytes.asShortBuffer();
        for (int i = 0; i < samples; i++) {
            double tone = 0.3 * Math.sin((at + i) * 2 * Math.PI * 440 / SAMPLE_RATE);
            if (floats) {
                real.put(i, (float) tone);
            } else {
                whole.put(i, (short) (tone * Short.MAX_VALUE));
            }
        }
    }

    private static AVFrame frame(int format, int width, int height) {
        AVFrame frame = av_frame_alloc();
        frame.format(format);
        frame.width(width);
        frame.height(height);
        check(av_frame_get_buffer(frame, 0));
        return frame;
    }

    private static void drain(AVCodecContext codec, AVPacket packet, AVFormatContext output, AVStream stream) {
        while (avcodec_receive_packet(codec, packet) >= 0) {
            packet.stream_index(stream.index());
            if (packet.duration() == 0) packet.duration(1); // else the last frame has none, and is not shown
            av_packet_rescale_ts(packet, codec.time_base(), stream.time_base());
            check(av_interleaved_write_frame(output, packet));
        }
    }

    private static void check(int code) {
        if (code < 0) {
            throw new IllegalStateException("the test's own film cannot be written: " + Ffmpeg.words(code));
        }
    }
}
