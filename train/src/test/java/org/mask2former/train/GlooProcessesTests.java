package org.mask2former.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.mask2former.Mask2FormerException;
import org.mask2former.torch.Tensors;

/** What processes say to each other. */
class GlooProcessesTests {
    @Test
    void numbersAndTensorsAddUpAlikeEverywhere() throws Exception {
        List<float[]> results = Team.run(3, processes -> {
            int rank = processes.shard().rank();
            assertThat(processes.sum(rank, 1, 1e-17 + rank)).containsExactly(3, 3, 3);
            assertThat(processes.sum(rank == 1 ? Double.NaN : 0)[0]).isNaN();
            try (Tensor tensor = Tensors.copyOf(new float[] {0.1f * rank, 1, 1e8f}, 3)) {
                processes.sum(tensor);
                return Tensors.toFloats(tensor);
            }
        });
        assertThat(results.get(0)).containsExactly(0.1f + 0.2f, 3, 3e8f);
        assertThat(results.get(1)).isEqualTo(results.get(0));
        assertThat(results.get(2)).isEqualTo(results.get(0));
    }

    @Test
    void allGetWhatTheFirstHasAndHearWhatEachSays() throws Exception {
        List<List<String>> heard = Team.run(3, processes -> {
            int rank = processes.shard().rank();
            try (Tensor tensor = Tensors.copyOf(new float[] {rank + 5, rank}, 2)) {
                processes.copyFirst(tensor);
                assertThat(Tensors.toFloats(tensor)).containsExactly(5, 0);
            }
            assertThat(processes.gather("")).containsExactly("", "", "");
            return processes.gather("größer ".repeat(rank));
        });
        assertThat(heard).containsOnly(List.of("", "größer ", "größer größer "));
    }

    @Test
    void theOthersWaitForWhatTheFirstDoesAlone() throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        Team.run(3, processes -> {
            for (int i = 0; i < 2; i++) {
                processes.first(() -> {
                    pause(200);
                    events.add("done");
                });
                events.add("on");
                processes.sum(0);
            }
            return 0;
        });
        assertThat(events).containsExactly("done", "on", "on", "on", "done", "on", "on", "on");
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whenOneFailsTheOthersEndAndSayWhy() {
        List<String> messages = Collections.synchronizedList(new ArrayList<>());
        assertThatThrownBy(() -> Team.run(3, processes -> {
                    processes.sum(1);
                    if (processes.shard().rank() == 1) {
                        throw new Mask2FormerException("cannot read a.jpg: it is not there");
                    }
                    try {
                        return processes.sum(1);
                    } catch (LostProcessException e) {
                        messages.add(e.getMessage());
                        throw e;
                    }
                }))
                .isInstanceOf(LostProcessException.class);
        assertThat(messages)
                .hasSize(2)
                .allSatisfy(m -> assertThat(m)
                        .isEqualTo(
                                "process 1 failed: cannot read a.jpg: it is not there; training has ended in all processes,"
                                        + " and the same command goes on after the last snapshot"));
    }

    @Test
    void whenTheFirstFailsInWhatItDoesAloneTheOthersEndAndSayWhy() {
        List<String> messages = Collections.synchronizedList(new ArrayList<>());
        assertThatThrownBy(() -> Team.run(2, processes -> {
                    try {
                        processes.first(() -> {
                            throw new Mask2FormerException("the disk is full");
                        });
                        return 0;
                    } catch (LostProcessException e) {
                        messages.add(e.getMessage());
                        throw e;
                    }
                }))
                .hasMessage("the disk is full");
        assertThat(messages).singleElement().asString().startsWith("process 0 failed: the disk is full; ");
    }

    @Test
    void whoLeavesWithoutAWordIsMissed() {
        List<String> messages = Collections.synchronizedList(new ArrayList<>());
        assertThatThrownBy(() -> Team.run(2, processes -> {
                    if (processes.shard().rank() == 1) {
                        return 0;
                    }
                    try {
                        return processes.sum(1).length;
                    } catch (LostProcessException e) {
                        messages.add(e.getMessage());
                        throw e;
                    }
                }))
                .isInstanceOf(LostProcessException.class);
        assertThat(messages)
                .singleElement()
                .asString()
                .startsWith("another process is gone (")
                .hasLineCount(1);
    }

    @Test
    void whoWaitsInVainIsToldHowManyCame() {
        Rendezvous rendezvous = new Rendezvous("127.0.0.1", 0, new Shard(0, 3), Duration.ofSeconds(5));
        assertThatThrownBy(() -> new GlooProcesses(rendezvous, Duration.ofMillis(100), () -> {}))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("only 1 of 3 processes came to 127.0.0.1:")
                .hasMessageContaining("--rendezvous");
        assertThatThrownBy(() -> new Rendezvous("127.0.0.1", 9, new Shard(1, 2), Duration.ofMillis(300)))
                .isInstanceOf(Mask2FormerException.class)
                .hasMessageContaining("the first process cannot be reached at 127.0.0.1:9")
                .hasMessageNotContaining("\n");
    }
}
