package org.mask2former.result;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.mask2former.AtomicFile;
import org.mask2former.Mask2FormerException;

/**
 * A JSON file with one long array that is written bit by bit and appears, whole, when it is closed. What was added before
 * some other failure is kept; when the file itself cannot be written any further, nothing of it is left. For one thread.
 */
final class StreamedJson implements Closeable {
    private final Path file;
    private final AtomicFile out;
    private final AtomicFile.Body end;
    private boolean empty = true;
    private boolean closed;
    private Optional<IOException> failure = Optional.empty();

    /**
     * @param begin what comes before the array's elements
     * @param end writes what comes after them
     */
    StreamedJson(Path file, String begin, AtomicFile.Body end) {
        this.file = file;
        this.end = end;
        try {
            out = AtomicFile.open(file);
            out.stream().write(begin.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    /** Adds an element, or several with commas between them: all of it or, where {@code element} fails, nothing. */
    void add(AtomicFile.Body element) {
        if (failure.isPresent()) {
            throw cannotWrite(file, failure.get());
        }
        if (closed) {
            throw new IllegalStateException(file + " is closed");
        }
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            element.write(bytes);
            if (bytes.size() > 0) {
                out.stream().write((empty ? "\n" : ",\n").getBytes(StandardCharsets.UTF_8));
                bytes.writeTo(out.stream());
                empty = false;
            }
        } catch (IOException e) {
            throw discard(e);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        try {
            end.write(out.stream());
            out.commit();
            closed = true;
            out.close();
        } catch (IOException e) {
            throw discard(e);
        }
    }

    /** Leaves nothing of the file. */
    void abandon() throws IOException {
        closed = true;
        out.close();
    }

    private Mask2FormerException discard(IOException because) {
        failure = Optional.of(because);
        try {
            abandon();
        } catch (IOException again) {
            because.addSuppressed(again);
        }
        return cannotWrite(file, because);
    }

    static Mask2FormerException cannotWrite(Path file, IOException because) {
        return new Mask2FormerException("cannot write " + file + ": " + AtomicFile.reason(because), because);
    }
}
