package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_H264;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_GLOBALHEADER;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_guess_format;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVOutputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.javacpp.BytePointer;
import org.mask2former.AtomicFile;
import org.mask2former.image.Image;

/**
 * Writes a film as H.264, or as MPEG-4 part 2 where FFmpeg has no encoder of that, into a file that ends in {@code .mp4},
 * {@code .mov} or {@code .mkv}. The file is there once {@link #finish} is called, or not at all. If the process is killed
 * meanwhile, the temporary file beside it plays to within a few seconds of where it came. For one thread.
 */
public final class FilmWriter implements PictureSink, AutoCloseable {
    /** Pieces that can be played on their own, and that become an ordinary file at the end. */
    private static final Map<String, String> CRASH_SAFE = Map.of("movflags", "+hybrid_fragmented+frag_keyframe");

    private final Path target;
    private final FilmFormat film;
    private final Optional<SoundTrack> sound;
    private final AtomicFile file;
    private final AVFormatContext output;
    private final FrameEncoder encoder;
    private final AVStream video;
    private final Optional<AVStream> audio;
    private final long frameTicks;

    private long lastTime = -1;
    private boolean closed;

    private FilmWriter(
            Path target, FilmFormat film, Optional<SoundTrack> sound, AtomicFile file, AVFormatContext output) {
        this.target = target;
        this.film = film;
        this.sound = sound;
        this.file = file;
        this.output = output;
        boolean globalHeader = (output.oformat().flags() & AVFMT_GLOBALHEADER) != 0;
        encoder = new FrameEncoder(film, Encoders.open(film, globalHeader));
        try {
            frameTicks = Math.max(1, Math.round(Encoders.TICKS_PER_SECOND / film.fps()));
            video = avformat_new_stream(output, null);
            avcodec_parameters_from_context(video.codecpar(), encoder.codec());
            video.time_base(encoder.codec().time_base());
            video.avg_frame_rate(encoder.codec().framerate());
            video.sample_aspect_ratio(encoder.codec().sample_aspect_ratio());
            audio = sound.map(s -> s.addTo(output));
            check(Ffmpeg.with(CRASH_SAFE, options -> avformat_write_header(output, options)));
        } catch (RuntimeException e) {
            encoder.close();
            throw e;
        }
    }

    /**
     * Begins a film; a file that is there is replaced when it is finished.
     *
     * @param sound is copied as the frames come, and closed with this, or if this fails
     * @throws VideoException if the name ends in something else, the sound does not fit such a file, or it cannot be written
     */
    public static FilmWriter create(Path target, FilmFormat film, Optional<SoundTrack> sound) {
        try {
            return open(target, film, sound);
        } catch (RuntimeException | Error e) {
            sound.ifPresent(SoundTrack::close);
            throw e;
        }
    }

    private static FilmWriter open(Path target, FilmFormat film, Optional<SoundTrack> sound) {
        Ffmpeg.load();
        AVOutputFormat format = container(target);
        if (sound.isPresent() && !sound.get().fits(target)) {
            throw new VideoException(target + ": cannot hold sound of this kind; a file that ends in .mkv can");
        }
        AtomicFile file;
        try {
            file = AtomicFile.open(target);
        } catch (IOException e) {
            throw new VideoException(target + ": cannot be written: " + AtomicFile.reason(e), e);
        }
        AVFormatContext output = new AVFormatContext(null);
        try (BytePointer url = Ffmpeg.text(Ffmpeg.url(file.path()))) {
            int code = avformat_alloc_output_context2(output, format, (BytePointer) null, url);
            AVIOContext io = new AVIOContext(null);
            code = code < 0 ? code : avio_open(io, url, AVIO_FLAG_WRITE);
            if (code < 0) {
                throw new VideoException(target + ": cannot be written (" + Ffmpeg.words(code) + ")");
            }
            output.pb(io);
            output.flags(output.flags() | AVFormatContext.AVFMT_FLAG_FLUSH_PACKETS);
            return new FilmWriter(target, film, sound, file, output);
        } catch (RuntimeException | OutOfMemoryError e) {
            release(output);
            abandon(file, e);
            throw e;
        }
    }

    /** The format of files with such a name. */
    static AVOutputFormat container(Path target) {
        String name = target.getFileName().toString().toLowerCase(Locale.ROOT);
        String format = name.endsWith(".mp4") ? "mp4" : name.endsWith(".mov") ? "mov" : "matroska";
        if (format.equals("matroska") && !name.endsWith(".mkv")) {
            throw new VideoException(target + ": films are written as .mp4, .mov or .mkv; choose such a name");
        }
        return av_guess_format(format, null, null);
    }

    /** What it is encoded as, for people. */
    public String codec() {
        return encoder.codec().codec_id() == AV_CODEC_ID_H264 ? "H.264" : "MPEG-4 part 2";
    }

    /**
     * Writes the next frame, and the sound up to it.
     *
     * @param seconds since the film's first frame
     * @throws VideoException if it cannot be written, for instance because the disk is full
     */
    @Override
    public void write(Image picture, double seconds) {
        if (picture.width() != film.width() || picture.height() != film.height()) {
            throw new IllegalArgumentException("a frame of " + picture.width() + "×" + picture.height()
                    + " in a film of " + film.width() + "×" + film.height());
        }
        long time = Math.max(lastTime + 1, Math.round(seconds * Encoders.TICKS_PER_SECOND));
        encoder.encode(picture, time, this::write);
        lastTime = time;
        copySound(seconds);
    }

    private void write(AVPacket packet) {
        packet.stream_index(video.index());
        packet.duration(frameTicks);
        av_packet_rescale_ts(packet, encoder.codec().time_base(), video.time_base());
        check(av_interleaved_write_frame(output, packet));
    }

    private void copySound(double until) {
        audio.ifPresent(stream -> check(sound.orElseThrow().copyUntil(until, output, stream)));
    }

    /**
     * Puts the film in its place.
     *
     * @param complete whether what is left of the sound is copied too; else it ends with the pictures
     * @throws VideoException if it cannot be written
     */
    @Override
    public void finish(boolean complete) {
        copySound(complete ? Double.POSITIVE_INFINITY : (double) (lastTime + frameTicks) / Encoders.TICKS_PER_SECOND);
        encoder.finish(this::write);
        check(av_write_trailer(output));
        check(avio_closep(output.pb()));
        output.pb(null);
        try {
            file.commit();
        } catch (IOException e) {
            throw new VideoException(target + ": cannot be written: " + AtomicFile.reason(e), e);
        }
    }

    private void check(int code) {
        if (code < 0) {
            throw new VideoException(target + ": cannot be written (" + Ffmpeg.words(code) + ")");
        }
    }

    /** Frees what it holds; what is not finished is deleted. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        encoder.close();
        release(output);
        sound.ifPresent(SoundTrack::close);
        try {
            file.close();
        } catch (IOException e) {
            throw new VideoException(target + ": what was written of it cannot be deleted: " + AtomicFile.reason(e), e);
        }
    }

    private static void release(AVFormatContext output) {
        if (!output.isNull()) {
            if (output.pb() != null) {
                avio_closep(output.pb());
            }
            avformat_free_context(output);
        }
    }

    private static void abandon(AtomicFile file, Throwable because) {
        try {
            file.close();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }
}
