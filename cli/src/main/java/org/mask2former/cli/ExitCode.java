package org.mask2former.cli;

/** What the process says when it ends. */
final class ExitCode {
    static final int OK = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;
    static final int SOME_INPUTS_FAILED = 3;

    /** As a process has it that SIGINT ended; the JVM sees to it. */
    static final int INTERRUPTED = 130;

    private ExitCode() {}
}
