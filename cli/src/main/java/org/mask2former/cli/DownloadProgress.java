package org.mask2former.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.mask2former.checkpoint.HubId;
import org.mask2former.checkpoint.ProgressListener;

/**
 * Shows downloads on standard error: a bar for each file on a terminal, else a line when a large file begins; and the
 * licence of the weights.
 */
final class DownloadProgress implements ProgressListener, AutoCloseable {
    /** Files smaller than this are not worth a line. */
    private static final long LARGE = 1 << 20;

    private final Terminal terminal;
    private String current = "";
    private @Nullable Progress progress;

    DownloadProgress(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public synchronized void progress(String file, long done, long total) {
        if (total >= 0 && total < LARGE) {
            return;
        }
        if (!file.equals(current) || progress == null) {
            close();
            current = file;
            if (!terminal.interactive()) {
                String size = total < 0 ? "" : String.format(Locale.ROOT, " (%.0f MB)", total / 1e6);
                terminal.err().println("downloading " + file + size);
            }
            progress = Progress.start(terminal, file, total, " MB", 1_000_000);
        }
        progress.advanceTo(done);
        if (done == total) {
            close();
        }
    }

    @Override
    public synchronized void licence(HubId id, String licence) {
        terminal.err().println(id + ": licence of the weights: " + licence);
    }

    @Override
    public synchronized void close() {
        if (progress != null) {
            progress.close();
            progress = null;
        }
    }
}
