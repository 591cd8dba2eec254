package org.mask2former.cli;

/** What the process says when it ends. An interrupted one ends with 130, which the JVM sees to. */
final class ExitCode {
    static final int OK = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;
    static final int SOME_INPUTS_FAILED = 3;

    private ExitCode() {}
}
