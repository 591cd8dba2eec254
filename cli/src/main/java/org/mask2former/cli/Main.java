package org.mask2former.cli;

/** The process's entry: sets what must be set before any native class loads, and turns the outcome into an exit code. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        // JavaCPP otherwise throws OutOfMemoryError when the process holds four times the heap's limit, which a model
        // does.
        if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
            System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        }
        System.setProperty("java.awt.headless", "true");
        System.exit(Cli.run(Terminal.ofProcess(), args));
    }
}
