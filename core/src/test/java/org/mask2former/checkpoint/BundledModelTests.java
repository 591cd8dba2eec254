package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Task;

class BundledModelTests {
    private static final String INDEX = "tiny instance 0123456789abcdef\n";

    @TempDir
    private Path folder;

    @Test
    void aModelInAJarIsPutIntoTheCacheOnceAndWhole() throws IOException {
        try (URLClassLoader loader =
                jar(Map.of("index.txt", INDEX, "tiny/config.json", "{}", "tiny/model.safetensors", "weights"))) {
            List<BundledModel> all = BundledModel.all(loader);
            assertThat(all).containsExactly(new BundledModel("tiny", Task.INSTANCE, "0123456789abcdef"));
            Path cache = folder.resolve("cache");

            Path first = all.get(0).folder(cache, loader);

            assertThat(first).isEqualTo(cache.resolve("tiny-0123456789ab"));
            assertThat(first.resolve("model.safetensors")).hasContent("weights");
            assertThat(first.resolve("config.json")).hasContent("{}");
            try (Stream<Path> files = Files.list(cache)) {
                assertThat(files).containsExactly(first);
            }
            Files.writeString(first.resolve("config.json"), "touched");
            assertThat(all.get(0).folder(cache, loader).resolve("config.json")).hasContent("touched");
        }
    }

    @Test
    void aModelInAFolderStaysWhereItIs() throws IOException {
        Path models = folder.resolve("classes/org/mask2former/models");
        Files.createDirectories(models.resolve("tiny"));
        Files.writeString(models.resolve("index.txt"), INDEX);
        Files.writeString(models.resolve("tiny/model.safetensors"), "weights");
        URL[] path = {folder.resolve("classes").toUri().toURL()};
        try (URLClassLoader loader = new URLClassLoader(path, null)) {
            BundledModel model = BundledModel.all(loader).get(0);
            assertThat(Files.isSameFile(model.folder(folder.resolve("cache"), loader), models.resolve("tiny")))
                    .isTrue();
            assertThat(folder.resolve("cache")).doesNotExist();
        }
    }

    @Test
    void aJarWithoutItsWeightsIsToldInOneLine() throws IOException {
        try (URLClassLoader loader = jar(Map.of("index.txt", INDEX))) {
            BundledModel model = BundledModel.all(loader).get(0);
            assertThatThrownBy(() -> model.folder(folder.resolve("cache"), loader))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("'tiny' is damaged")
                    .hasMessageContaining("install the program again");
        }
    }

    @Test
    void thereAreNoneWithoutTheJar() throws IOException {
        try (URLClassLoader loader = new URLClassLoader(new URL[0], null)) {
            assertThat(BundledModel.all(loader)).isEmpty();
        }
    }

    private URLClassLoader jar(Map<String, String> files) throws IOException {
        Path jar = folder.resolve("models.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, String> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry("org/mask2former/models/" + file.getKey()));
                zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return new URLClassLoader(new URL[] {jar.toUri().toURL()}, null);
    }
}
