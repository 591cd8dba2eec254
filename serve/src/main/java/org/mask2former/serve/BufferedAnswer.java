package org.mask2former.serve;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * An answer that is sent when it is whole, without a thread waiting for the client to take it: to whoever writes it, all is
 * written at once. A client that takes too long is cut off.
 */
final class BufferedAnswer extends Response.Wrapper {
    private static final int PIECE = 64 << 10;
    private static final long PATIENCE_SECONDS = 60;

    private final Request request;
    private final Callback callback;
    private final Exchange exchange;
    private ByteArrayOutputStream gathered = new ByteArrayOutputStream(0);
    private boolean sent;

    BufferedAnswer(Request request, Response response, Callback callback, Exchange exchange) {
        super(request, response);
        this.request = request;
        this.callback = callback;
        this.exchange = exchange;
    }

    @Override
    public synchronized void write(boolean last, ByteBuffer content, Callback written) {
        if (content != null && content.hasRemaining()) {
            byte[] bytes = new byte[content.remaining()];
            content.get(bytes);
            gathered.writeBytes(bytes);
        }
        if (last) {
            sent = true;
        }
        written.succeeded();
    }

    @Override
    public boolean isCommitted() {
        return sent || super.isCommitted();
    }

    /** What whoever handles the request completes. */
    Callback callback() {
        return Callback.from(this::send, callback::failed);
    }

    private void send() {
        if (exchange.file().isPresent()) {
            send(exchange.file().get());
        } else {
            sendGathered();
        }
    }

    /** Piece by piece, as the client takes it; one that stops is cut off by the connection's idle timeout. */
    private void send(Path file) {
        try {
            getWrapped().getHeaders().put(HttpHeader.CONTENT_LENGTH, Files.size(file));
        } catch (IOException e) {
            callback.failed(e);
            return;
        }
        Content.Source source = Content.Source.from(
                new ByteBufferPool.Sized(request.getComponents().getByteBufferPool(), false, PIECE), file);
        Content.copy(source, getWrapped(), callback);
    }

    private void sendGathered() {
        ByteBuffer whole;
        synchronized (this) {
            whole = ByteBuffer.wrap(gathered.toByteArray());
            gathered = new ByteArrayOutputStream(0);
        }
        Scheduler.Task timer = request.getComponents()
                .getScheduler()
                .schedule(
                        () -> request.getConnectionMetaData()
                                .getConnection()
                                .getEndPoint()
                                .close(new TimeoutException("the client took too long to take its answer")),
                        PATIENCE_SECONDS,
                        TimeUnit.SECONDS);
        getWrapped().write(true, whole, Callback.from(timer::cancel, callback));
    }
}
