package org.mask2former.cli;

import java.io.PrintWriter;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * How far something has come: a bar on standard error if that is a terminal, else nothing. Messages go to standard error
 * in either case, above the bar. Safe for several threads.
 */
final class Progress implements AutoCloseable {
    private static final int WIDTH = 80;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final Terminal terminal;
    private final @Nullable ProgressBar bar;

    private Progress(Terminal terminal, @Nullable ProgressBar bar) {
        this.terminal = terminal;
        this.bar = bar;
    }

    /**
     * Begins.
     *
     * @param what stands before the bar
     * @param total how much there is, or -1 if that is not known
     * @param unit what is counted, such as {@code MB}
     * @param unitSize how much of it one unit is
     */
    static Progress start(Terminal terminal, String what, long total, String unit, long unitSize) {
        if (!terminal.interactive()) {
            return new Progress(terminal, null);
        }
        ProgressBarBuilder builder = new ProgressBarBuilder()
                .setTaskName(what)
                .setInitialMax(total)
                .setUnit(unit, unitSize)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH));
        return new Progress(terminal, builder.build());
    }

    void advanceTo(long done) {
        if (bar != null) {
            bar.stepTo(done);
        }
    }

    void advance() {
        if (bar != null) {
            bar.step();
        }
    }

    /** Prints a line that stays, above the bar. */
    void print(PrintWriter where, String line) {
        if (bar != null) {
            terminal.err().print(CLEAR_LINE);
            terminal.err().flush();
        }
        where.println(line);
        where.flush();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
