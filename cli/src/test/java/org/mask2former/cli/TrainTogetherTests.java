package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.checkpoint.Safetensors;
import org.mask2former.checkpoint.Weights;

/** train on several processes, real ones: this one and those that it starts. What they compute is tested in train. */
class TrainTogetherTests {
    @TempDir
    private Path temp;

    private Path recipe;

    @BeforeEach
    void draw() throws IOException {
        recipe = Streets.recipe(temp);
    }

    private Run train(String folder, String... options) {
        List<String> words = new ArrayList<>(List.of("train", "--config", recipe.toString(), "--threads", "1"));
        words.addAll(List.of("--output", temp.resolve(folder).toString()));
        words.addAll(List.of(options));
        return Run.of(words.toArray(String[]::new));
    }

    @Test
    void twoProcessesMakeTheModelThatOneMakes() {
        assumeLinux();
        assertThat(train("alone").code()).isZero();

        Run together = train("together", "--nproc", "2");

        assertThat(together.code()).as(together.err()).isZero();
        assertThat(together.err()).containsOnlyOnce("step 1/3").containsOnlyOnce("step 3/3");
        assertThat(together.out()).isEqualTo(temp.resolve("together") + " after 3 steps\n");
        double off = 0;
        double size = 0;
        try (Weights one = Safetensors.open(temp.resolve("alone/weights/last.safetensors"));
                Weights two = Safetensors.open(temp.resolve("together/weights/last.safetensors"))) {
            for (String name : one.names()) {
                float[] a = one.tensor(name).toFloats();
                float[] b = two.tensor(name).toFloats();
                for (int i = 0; i < a.length; i++) {
                    off += Math.pow(a[i] - b[i], 2);
                    size += Math.pow(a[i], 2);
                }
            }
        }
        assertThat(Math.sqrt(off / size)).as("relative difference").isLessThan(1e-5);
    }

    @Test
    void aProcessThatIsKilledEndsTheRunWithItsNameAndTheRunGoesOn() throws Exception {
        assumeLinux();
        CompletableFuture<Run> running =
                CompletableFuture.supplyAsync(() -> train("run", "--nproc", "2", "--set", "steps=100000"));
        Path state = temp.resolve("run/state.safetensors");
        for (int i = 0; i < 1200 && !Files.exists(state) && !running.isDone(); i++) Thread.sleep(50);
        ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
        Run killed = running.get(60, TimeUnit.SECONDS);

        assertThat(killed.code()).isEqualTo(1);
        List<String> steps = killed.err().lines().toList();
        assertThat(steps.get(steps.size() - 1))
                .isEqualTo("error: process 1 was killed by signal 9; training has ended in all processes, and the same"
                        + " command goes on after the last snapshot");
        int done = steps.size() - 2; // the first says how the run begins, the last how it ended
        Run more = train("run", "--set", "steps=100000", "--until", Integer.toString(done + 1));
        assertThat(more.code()).as(more.err()).isZero();
        assertThat(more.err())
                .startsWith("going on after step " + done + " of 100000")
                .contains("step " + (done + 1) + "/100000");
    }

    @Test
    void severalMachinesMeetWhereTheyWereTold() throws Exception {
        assumeLinux();
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        String[] where = {"--nodes", "2", "--rendezvous", "127.0.0.1:" + port, "--node-rank"};
        CompletableFuture<Run> second = CompletableFuture.supplyAsync(() -> train("second", with(where, "1")));
        Run first = train("first", with(where, "0"));

        assertThat(first.code()).as(first.err()).isZero();
        assertThat(temp.resolve("first/weights/last.safetensors")).exists();
        assertThat(second.get(60, TimeUnit.SECONDS)).isEqualTo(new Run(0, "", ""));
        assertThat(temp.resolve("second")).doesNotExist();
    }

    private static String[] with(String[] words, String last) {
        List<String> all = new ArrayList<>(List.of(words));
        all.add(last);
        return all.toArray(String[]::new);
    }

    private static void assumeLinux() {
        assumeThat(System.getProperty("os.name")).as("Gloo comes for Linux").isEqualTo("Linux");
    }

    @Test
    void whatFailsInAllProcessesIsSaidOnceInOneLine() throws IOException {
        assumeLinux();
        Files.delete(temp.resolve("labels/0.png"));

        Run run = train("run", "--nproc", "2");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines().filter(line -> line.startsWith("error: ")))
                .singleElement()
                .isEqualTo("error: there is no file " + temp.resolve("labels/0.png"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | --nproc 3 | a batch of 2 cannot be shared out evenly to 3 processes",
                "2 | --nproc 0 | --nproc and --nodes must be 1 or more, but are 0 and 1",
                "2 | --nodes 2 | --nodes 2 needs --rendezvous HOST:PORT, where they meet",
                "2 | --nodes 2 --rendezvous here | --rendezvous must be HOST:PORT, such as 10.0.0.1:29500, but is here",
                "2 | --rendezvous here:1 | --rendezvous is for several machines; say how many with --nodes",
                "2 | --nodes 2 --rendezvous here:1 --node-rank 2 | --node-rank must be from 0 to 1"
            })
    void whatCannotBeIsRefusedBeforeAnythingStarts(int code, String options, String reason) {
        Run run = train("run", options.split(" "));
        assertThat(run.code()).isEqualTo(code);
        assertThat(run.err()).contains(reason);
        assertThat(temp.resolve("run")).doesNotExist();
    }
}
