package org.mask2former.video;

import java.io.IOException;
import java.nio.file.Path;
import org.mask2former.AtomicFile;
import org.mask2former.result.ResultJson;

/** Writes a line of JSON for each frame into a file, which is there once it is finished, or not at all. */
public final class JsonSink implements FrameSink, AutoCloseable {
    private final Path target;
    private final String film;
    private final String model;
    private final ResultJson form;
    private final AtomicFile file;

    /**
     * @param film what the lines call the film; left out if empty
     * @param model what they call the model; left out if empty
     * @throws VideoException if the file cannot be written
     */
    public JsonSink(Path target, String film, String model, ResultJson form) {
        this.target = target;
        this.film = film;
        this.model = model;
        this.form = form.withIndent(false);
        try {
            file = AtomicFile.open(target);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    public void accept(FrameResult frame) {
        try {
            form.writeFrame(
                    frame.tracked().result(),
                    film,
                    frame.frame().index(),
                    frame.frame().seconds(),
                    model,
                    file.stream());
            file.stream().write('\n');
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    public void finish(boolean complete) {
        try {
            file.commit();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** What is not finished is deleted. */
    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private VideoException failure(IOException e) {
        return new VideoException(target + ": cannot be written: " + AtomicFile.reason(e), e);
    }
}
