package org.mask2former.video;

import static org.bytedeco.ffmpeg.global.avdevice.avdevice_free_list_devices;
import static org.bytedeco.ffmpeg.global.avdevice.avdevice_list_input_sources;
import static org.bytedeco.ffmpeg.global.avformat.av_find_input_format;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.ffmpeg.avdevice.AVDeviceInfo;
import org.bytedeco.ffmpeg.avdevice.AVDeviceInfoList;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.global.avdevice;
import org.bytedeco.javacpp.BytePointer;

/** The cameras of this machine, by number, as each system has them. */
final class Cameras {
    private static final String LINUX = "v4l2";
    private static final String MAC = "avfoundation";
    private static final String WINDOWS = "dshow";

    private Cameras() {}

    /**
     * How FFmpeg opens a camera.
     *
     * @throws VideoException if there is none of this number
     */
    static FilmInput find(int number) {
        Ffmpeg.load();
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String name = "camera-" + number;
        if (system.startsWith("linux")) {
            return input(name, find(name, number, Path.of("/dev")).toString(), LINUX, Map.of());
        }
        if (system.startsWith("mac")) {
            // FFmpeg's default, 29.97, is refused by Apple's own cameras.
            return input(name, Integer.toString(number), MAC, Map.of("framerate", "30"));
        }
        return input(name, "video=" + onWindows(name, number), WINDOWS, Map.of());
    }

    private static FilmInput input(String name, String url, String driver, Map<String, String> options) {
        return new FilmInput(name, url, Optional.of(driver), options, true, Optional.empty());
    }

    /** @param devices the folder where they are files */
    static Path find(String name, int number, Path devices) {
        Path camera = devices.resolve("video" + number);
        if (!Files.exists(camera)) {
            throw none(name, camera + " is not there", numbers(devices));
        }
        if (!Files.isReadable(camera)) {
            throw new VideoException(
                    name + ": " + camera + " may not be read; be of the group that it belongs to (video)");
        }
        return camera;
    }

    private static List<String> numbers(Path devices) {
        try (Stream<Path> files = Files.list(devices)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> f.matches("video\\d+"))
                    .map(f -> f.substring("video".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static VideoException none(String name, String what, List<String> others) {
        return new VideoException(name + ": " + what + "; "
                + (others.isEmpty() ? "there is no camera here" : "there are " + String.join(", ", others)));
    }

    /** DirectShow knows cameras by their names. */
    private static String onWindows(String camera, int number) {
        List<Device> devices = devices(camera);
        if (number >= devices.size()) {
            throw none(
                    camera,
                    "there are not so many",
                    devices.stream()
                            .map(d -> devices.indexOf(d) + " (" + d.description() + ")")
                            .collect(Collectors.toList()));
        }
        return devices.get(number).name();
    }

    /** @param name what the driver calls it */
    private record Device(String name, String description) {}

    private static List<Device> devices(String camera) {
        AVInputFormat driver = driver(camera, WINDOWS);
        AVDeviceInfoList list = new AVDeviceInfoList(null);
        avdevice_list_input_sources(driver, (BytePointer) null, (AVDictionary) null, list);
        List<Device> devices = new ArrayList<>();
        for (int i = 0; !list.isNull() && i < list.nb_devices(); i++) {
            AVDeviceInfo device = list.devices(i);
            if (isCamera(device)) {
                devices.add(new Device(
                        device.device_name().getString(),
                        device.device_description().getString()));
            }
        }
        avdevice_free_list_devices(list);
        return devices;
    }

    private static boolean isCamera(AVDeviceInfo device) {
        for (int i = 0; i < device.nb_media_types(); i++) {
            if (device.media_types().get(i) == AVMEDIA_TYPE_VIDEO) {
                return true;
            }
        }
        return false;
    }

    /**
     * FFmpeg's driver.
     *
     * @throws VideoException if it cannot be loaded
     */
    static AVInputFormat driver(String camera, String driver) {
        try {
            avdevice.avdevice_register_all();
        } catch (LinkageError e) {
            throw new VideoException(
                    camera + ": FFmpeg's part for cameras cannot be loaded (" + e.getMessage()
                            + "); on Linux it needs libpulse0, libasound2 and libxcb-shm0",
                    e);
        }
        AVInputFormat found = av_find_input_format(driver);
        if (found == null) {
            throw new VideoException(camera + ": this build of FFmpeg cannot read cameras here (" + driver + ")");
        }
        return found;
    }
}
