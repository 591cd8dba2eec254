package org.mask2former.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a command talks to: results go to {@code out}, progress and errors to {@code err}, both UTF-8. Passed in rather
 * than reached for, so that tests run commands inside their own process.
 *
 * @param in standard input
 * @param out results
 * @param err progress, logs, errors
 * @param environment the environment's variables
 * @param interactive whether {@code err} is a terminal, so that a progress bar makes sense
 */
record Terminal(
        InputStream in, PrintWriter out, PrintWriter err, Map<String, String> environment, boolean interactive) {

    /** The process's own streams. The launcher knows whether standard error is a terminal; the JVM does not. */
    static Terminal ofProcess() {
        return new Terminal(
                System.in,
                writer(new FileOutputStream(FileDescriptor.out)),
                writer(new FileOutputStream(FileDescriptor.err)),
                System.getenv(),
                Boolean.getBoolean("mask2former.interactive"));
    }

    static PrintWriter writer(OutputStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    /** Whether colours may be used: on a terminal, and not where {@code NO_COLOR} (no-color.org) is set. */
    boolean colored() {
        return interactive && environment.getOrDefault("NO_COLOR", "").isEmpty();
    }
}
