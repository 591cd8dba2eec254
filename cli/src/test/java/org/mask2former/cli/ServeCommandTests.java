package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mask2former.Fixtures;

/** How a server does not start; that it does, and stops, is in {@link LauncherTests}. */
class ServeCommandTests {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--port 70000 | the port must be from 0 to 65535",
                "--max-batch 0 | the largest batch must be 1",
                "--queue 0 | the queue must have room",
                "--timeout 0 | the time for a request must be more than 0",
                "--max-megabytes 5000 | must be 2047 or less",
                "--label-studio ftp://x | is not the address of a Label Studio"
            })
    void whatCannotBeIsWrongUsage(String options, String reason) {
        Run run = Run.of(("serve --model x " + options).split(" "));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(reason);
    }

    @Test
    void aModelThatIsNotThereEndsTheServer() {
        Run run = Run.of("serve", "--port", "0", "--model", "no-such-model");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("error: ", "no-such-model");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void twoModelsNeedTwoNamesAndAPortCanBeListenedOnOnce() throws IOException {
        String model = Fixtures.path("tiny-swin").toString();
        Run twice = Run.of("serve", "--port", "0", "--model", model, "--model", model);
        assertThat(twice.code()).isEqualTo(1);
        assertThat(twice.err()).contains("two models are called \"tiny-swin\"", "NAME=MODEL");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Run run = Run.of("serve", "--model", model, "--port", Integer.toString(taken.getLocalPort()));
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err()).contains("cannot listen on 127.0.0.1:" + taken.getLocalPort(), "--port");
        }
    }
}
