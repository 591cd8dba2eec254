package org.mask2former.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mask2former.checkpoint.HubException.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches one file: into a partial file first, which a later attempt or a later process resumes; then its size and hash are
 * checked, and only then does it get its name. The caller holds the lock of the target.
 *
 * @param source where it lies
 * @param name what listeners are told
 * @param label how messages call it
 * @param partial where the bytes gather, on the target's file system
 * @param target the finished file's name
 * @param size how many bytes it must have, or -1 if nobody says
 * @param check what they must hash to
 * @param validator a strong ETag or a date for {@code If-Range}, for a file whose content may change; empty for none
 * @param onRefusal what an answer other than 200, 206 and 416 means
 */
record DownloadJob(
        URI source,
        String name,
        String label,
        Path partial,
        Path target,
        long size,
        DownloadCheck check,
        String validator,
        Function<HubResponse, HubException> onRefusal) {
    /** What is to be done in the target's folder before the first byte. */
    @FunctionalInterface
    interface Preparation {
        void run() throws IOException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(DownloadJob.class);
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");
    private static final long REPORT_EVERY = 64 * 1024;
    private static final int ATTEMPTS = 5;

    /**
     * Fetches, checks and names the file.
     *
     * @throws HubException if it cannot be had. What has arrived is kept for the next attempt, except after a full disk and
     *     after a wrong hash
     */
    void run(HubHttp http, HubRetry.Pause pause, Preparation preparation, ProgressListener listener) {
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            preparation.run();
            boolean resumed = Files.exists(partial) && Files.size(partial) > 0;
            transfer(http, pause, listener);
            if (!check.matches(partial)) {
                // What an earlier process left may be to blame: once more, from nothing.
                Files.delete(partial);
                if (!resumed) {
                    throw damaged("its bytes do not have the announced checksum " + check.expected());
                }
                LOG.info("{}: the part fetched earlier does not fit; fetching all of it anew", label);
                transfer(http, pause, listener);
                if (!check.matches(partial)) {
                    Files.delete(partial);
                    throw damaged("its bytes do not have the announced checksum " + check.expected());
                }
            }
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (ClosedByInterruptException e) {
            throw DownloadFailures.interrupted(source);
        } catch (IOException e) {
            // With the disk full or unwell, what lies there is of no use and in the way.
            deletePartial();
            throw DownloadFailures.ofDisk(e, target);
        } finally {
            deleteIfEmpty();
        }
    }

    private void transfer(HubHttp http, HubRetry.Pause pause, ProgressListener listener) throws IOException {
        HubRetry retry = new HubRetry(ATTEMPTS, pause);
        try (FileChannel out = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (size >= 0 && out.size() > size) {
                out.truncate(0);
            }
            requireSpace(size - out.size());
            while (true) {
                long before = out.size();
                try {
                    if (attempt(http, out, listener)) {
                        return;
                    }
                } catch (HubException e) {
                    if (out.size() - before >= REPORT_EVERY) {
                        retry.progressed();
                    }
                    try {
                        retry.after(e);
                    } catch (HubException last) {
                        throw last.isTransient() && out.size() > 0 ? keeping(last, out.size()) : last;
                    }
                }
            }
        }
    }

    /**
     * One request.
     *
     * @return whether the file is whole; false asks for another request at once
     */
    private boolean attempt(HubHttp http, FileChannel out, ProgressListener listener) throws IOException {
        long done = out.size();
        if (size >= 0 && done == size) {
            listener.progress(name, done, size);
            return true;
        }
        Map<String, String> headers = new TreeMap<>(Map.of("Accept-Encoding", "identity"));
        if (done > 0) {
            headers.put("Range", "bytes=" + done + "-");
            if (!validator.isEmpty()) {
                headers.put("If-Range", validator);
            }
        }
        try (HubResponse response = http.get(source, headers)) {
            if (response.status() == 416 && done > 0) {
                // What lies here is longer than the file, or the file has changed.
                out.truncate(0);
                return false;
            }
            if (response.status() != 200 && response.status() != 206) {
                response.body().drain();
                throw onRefusal.apply(response);
            }
            String encoding = response.header("Content-Encoding").toLowerCase(Locale.ROOT);
            if (!encoding.isEmpty() && !encoding.equals("identity")) {
                throw new HubException(
                        Reason.BAD_ANSWER,
                        label + ": " + response.uri().getHost() + " sends it compressed (" + encoding
                                + ") though that was not asked for; a proxy may be in the way");
            }
            long total = response.size("Content-Length");
            if (response.status() == 206) {
                Matcher range = CONTENT_RANGE.matcher(response.header("Content-Range"));
                boolean fits = range.matches() && Long.parseLong(range.group(1)) == done;
                if (!fits) {
                    throw new HubException(
                            Reason.BAD_ANSWER,
                            label + ": asked for the bytes from " + done + ", "
                                    + response.uri().getHost() + " sends \"" + response.header("Content-Range")
                                    + "\"; delete " + partial + " and try again");
                }
                total = range.group(2).equals("*") ? size : Long.parseLong(range.group(2));
            } else {
                out.truncate(0);
                done = 0;
            }
            if (size >= 0 && total >= 0 && total != size) {
                throw damaged("it should have " + size + " bytes, the server sends " + total);
            }
            long whole = size >= 0 ? size : total;
            requireSpace(whole - done);
            receive(response, out, done, whole, listener);
            return true;
        }
    }

    private void receive(HubResponse response, FileChannel out, long start, long whole, ProgressListener listener)
            throws IOException {
        long done = start;
        long reported = done;
        out.position(done);
        listener.progress(name, done, whole);
        for (List<ByteBuffer> data = response.body().next();
                !data.isEmpty();
                data = response.body().next()) {
            for (ByteBuffer piece : data) {
                while (piece.hasRemaining()) {
                    done += out.write(piece);
                }
            }
            if (whole >= 0 && done > whole) {
                out.truncate(0);
                throw damaged("it should have " + whole + " bytes, the server sends more");
            }
            if (done - reported >= REPORT_EVERY) {
                listener.progress(name, done, whole);
                reported = done;
            }
        }
        if (whole >= 0 && done < whole) {
            throw new HubException(
                    Reason.UNREACHABLE,
                    label + ": " + response.uri().getHost() + " ended it after " + done + " of " + whole + " bytes");
        }
        listener.progress(name, done, done);
    }

    private void requireSpace(long bytes) throws IOException {
        long free = Files.getFileStore(target.toAbsolutePath().getParent()).getUsableSpace();
        // Some network file systems report 0 where they do not know.
        if (free > 0 && bytes > free) {
            deletePartial();
            throw new HubException(
                    Reason.DISK,
                    label + " needs " + megabytes(bytes) + ", "
                            + target.toAbsolutePath().getParent() + " has " + megabytes(free)
                            + " left; free some space, or set HF_HUB_CACHE or HF_HOME to a larger disk");
        }
    }

    private void deletePartial() {
        try {
            Files.deleteIfExists(partial);
        } catch (IOException e) {
            LOG.debug("{} could not be deleted", partial, e);
        }
    }

    private void deleteIfEmpty() {
        try {
            if (Files.exists(partial) && Files.size(partial) == 0) {
                Files.delete(partial);
            }
        } catch (IOException e) {
            LOG.debug("{} could not be deleted", partial, e);
        }
    }

    private HubException keeping(HubException e, long done) {
        return e.withMessage(label + ": " + e.getMessage() + "; " + megabytes(done)
                + (size >= 0 ? " of " + megabytes(size) : "") + " are kept and the same command goes on from there");
    }

    private HubException damaged(String why) {
        return new HubException(
                Reason.DAMAGED,
                label + " arrives damaged: " + why + "; try again, and if it stays so check HF_ENDPOINT or the proxy");
    }

    private static String megabytes(long bytes) {
        return bytes < 1_000_000 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
