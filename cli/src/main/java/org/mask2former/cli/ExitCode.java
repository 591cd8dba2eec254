package org.mask2former.cli;

import java.util.Arrays;
import java.util.OptionalInt;

/** What the process says when it ends. */
final class ExitCode {
    static final int OK = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;
    static final int SOME_INPUTS_FAILED = 3;

    /** As a process has it that SIGINT ended; the JVM sees to it. */
    static final int INTERRUPTED = 130;

    private ExitCode() {}

    /** Of several kinds of work, each with the code it would have had alone; empty if there was none of it. */
    static int of(OptionalInt... codes) {
        int[] done = Arrays.stream(codes)
                .flatMapToInt(OptionalInt::stream)
                .distinct()
                .toArray();
        if (Arrays.stream(done).anyMatch(code -> code == INTERRUPTED)) {
            return INTERRUPTED;
        }
        return done.length == 1 ? done[0] : SOME_INPUTS_FAILED;
    }
}
