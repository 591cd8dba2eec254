package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_PKT_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_side_data_get;
import static org.bytedeco.ffmpeg.global.avformat.av_guess_frame_rate;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_display_rotation_get;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.IntPointer;
import org.mask2former.image.Image;

/**
 * The frames of a film, a camera or a stream, decoded by FFmpeg. Frames of another size than the first are stretched to it;
 * damaged parts are left out; {@link #remarks()} tells of both. A film without frames is refused when it is opened.
 */
public final class FilmReader implements FrameSource {
    private static final double USUAL_FPS = 25;
    /** A film whose header says more counts the ticks of its clock, not its frames. */
    private static final double MOST_FPS = 1000;

    private static final double ROUNDING = 1e-6;

    private final FilmInput input;
    private final FrameDecoder decoder;
    private final FrameConverter converter;
    private final double timeBase;
    private final double fps;
    private final long origin;
    /** What a stream sent before its first key frame, and nobody could decode. */
    private final int missed;

    private final int firstWidth;
    private final int firstHeight;

    private boolean firstWaits = true;
    private long index = -1;
    private double seconds = -1;
    private String sizeChange = "";

    private FilmReader(FilmInput input, FrameDecoder decoder, double start) {
        this.input = input;
        this.decoder = decoder;
        AVStream stream = decoder.stream();
        timeBase = Ffmpeg.value(stream.time_base());
        double guessed = Ffmpeg.value(av_guess_frame_rate(decoder.format(), stream, null));
        fps = guessed > 0 && guessed <= MOST_FPS ? guessed : USUAL_FPS;
        if (start > 0 && !input.live()) {
            long begin = stream.start_time() == AV_NOPTS_VALUE() ? 0 : stream.start_time();
            decoder.seek(begin + (long) Math.floor(start / timeBase));
        }
        if (!decoder.next()) {
            throw none(start);
        }
        missed = input.live() ? decoder.damaged() : 0;
        AVFrame frame = decoder.frame();
        origin = stream.start_time() == AV_NOPTS_VALUE() ? frame.best_effort_timestamp() : stream.start_time();
        stamp();
        while (seconds < start - ROUNDING) {
            if (!decoder.next()) {
                throw none(start);
            }
            stamp();
        }
        firstWidth = frame.width();
        firstHeight = frame.height();
        converter = new FrameConverter(firstWidth, firstHeight, quarterTurns(stream.codecpar()));
    }

    /**
     * Opens a film's file.
     *
     * @param start frames before this time are left out, in seconds; 0 for none
     * @throws VideoException if it cannot be read as a film, or has no frames
     */
    public static FilmReader open(Path film, double start) {
        return open(FilmInput.file(film), start);
    }

    /**
     * Opens a stream.
     *
     * @param url {@code rtsp://…}, {@code rtmp://…}, {@code srt://…}, {@code udp://…} or {@code tcp://…}
     * @throws VideoException if there is none, or it has no frames
     */
    public static FilmReader stream(String url) {
        return open(FilmInput.stream(url), 0);
    }

    /**
     * Opens a camera.
     *
     * @param number from 0
     * @throws VideoException if there is none, or it is in use
     */
    public static FilmReader camera(int number) {
        return open(Cameras.find(number), 0);
    }

    private static FilmReader open(FilmInput input, double start) {
        FrameDecoder decoder = FrameDecoder.open(input);
        try {
            return new FilmReader(input, decoder, start);
        } catch (RuntimeException | OutOfMemoryError e) {
            decoder.close();
            throw e;
        }
    }

    private VideoException none(double start) {
        return new VideoException(input.name() + ": has no frames"
                + (start > 0 ? String.format(Locale.ROOT, " at %.3f s or later", start) : "")
                + (decoder.damaged() > 0 ? " that can be decoded; it is damaged" : ""));
    }

    /** By how many quarters the frames are turned clockwise to be upright. */
    private static int quarterTurns(AVCodecParameters parameters) {
        AVPacketSideData matrix = av_packet_side_data_get(
                parameters.coded_side_data(), parameters.nb_coded_side_data(), AV_PKT_DATA_DISPLAYMATRIX);
        if (matrix == null) {
            return 0;
        }
        double counterclockwise = av_display_rotation_get(new IntPointer(matrix.data()));
        return Double.isNaN(counterclockwise) ? 0 : Math.floorMod(Math.round(-counterclockwise / 90), 4);
    }

    @Override
    public boolean next() {
        if (firstWaits) {
            firstWaits = false;
            return true;
        }
        if (!decoder.next()) {
            return false;
        }
        stamp();
        return true;
    }

    /** Gives the decoded frame its number and time. */
    private void stamp() {
        long time = decoder.frame().best_effort_timestamp();
        double next = time == AV_NOPTS_VALUE() ? Double.NaN : (time - origin) * timeBase;
        if (!(next > seconds)) { // there is none, or it is not later than the one before
            next = index < 0 ? 0 : seconds + 1 / fps;
        }
        index = index < 0 ? Math.round(next * fps) : index + 1;
        seconds = next;
    }

    @Override
    public Image image() {
        AVFrame frame = decoder.frame();
        if (sizeChange.isEmpty() && (frame.width() != firstWidth || frame.height() != firstHeight)) {
            sizeChange = String.format(
                    Locale.ROOT,
                    "at %.2f s the frames' size changes from %d×%d to %d×%d; they are stretched to the first",
                    seconds,
                    firstWidth,
                    firstHeight,
                    frame.width(),
                    frame.height());
        }
        try {
            return converter.convert(frame);
        } catch (VideoException e) {
            throw new VideoException(input.name() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        if (!sizeChange.isEmpty()) {
            remarks.add(sizeChange);
        }
        int damaged = decoder.damaged() - missed;
        if (damaged > 0) {
            remarks.add("damaged in " + damaged + (damaged == 1 ? " place" : " places")
                    + "; what could be decoded is used");
        }
        if (input.live()) {
            liveEnd().ifPresent(remarks::add);
        } else if (decoder.isCutOff()) {
            remarks.add(String.format(Locale.ROOT, "cut off after %.2f s", seconds + 1 / fps));
        }
        return remarks;
    }

    /** How a live source ended, unless it was left. */
    private Optional<String> liveEnd() {
        if (!decoder.isEnded()) {
            return Optional.empty();
        }
        int code = decoder.readError();
        String why = code == 0 ? "" : " (" + FilmInput.liveWords(code) + ")";
        return Optional.of(String.format(Locale.ROOT, "ended after %.2f s%s", seconds + 1 / fps, why));
    }

    @Override
    public String name() {
        return input.name();
    }

    @Override
    public int width() {
        return converter.width();
    }

    @Override
    public int height() {
        return converter.height();
    }

    @Override
    public double pixelAspect() {
        double stored = Ffmpeg.value(decoder.stream().sample_aspect_ratio());
        double aspect = stored > 0 ? stored : 1;
        return converter.isTurned() ? 1 / aspect : aspect;
    }

    @Override
    public double fps() {
        return fps;
    }

    @Override
    public OptionalLong frames() {
        AVStream stream = decoder.stream();
        if (stream.nb_frames() > 0) {
            return OptionalLong.of(stream.nb_frames());
        }
        double duration = stream.duration() > 0
                ? stream.duration() * timeBase
                : decoder.format().duration() / 1e6;
        return input.live() || !(duration > 0) ? OptionalLong.empty() : OptionalLong.of(Math.round(duration * fps));
    }

    @Override
    public boolean live() {
        return input.live();
    }

    @Override
    public Optional<Path> sound() {
        return input.file();
    }

    @Override
    public long index() {
        return index;
    }

    @Override
    public double seconds() {
        return seconds;
    }

    @Override
    public void close() {
        converter.close();
        decoder.close();
    }
}
