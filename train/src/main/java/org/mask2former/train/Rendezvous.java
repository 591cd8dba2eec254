package org.mask2former.train;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.ByteVector;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.global.torch_gloo;
import org.mask2former.Mask2FormerException;
import org.mask2former.torch.Torch;

/**
 * Where the processes that train together find each other: a small table in the memory of the first one, which all read and
 * write over TCP (c10d's {@code TCPStore}). It trusts everybody who reaches its port. For one thread.
 */
public final class Rendezvous implements AutoCloseable {
    private static final String FAILURE = "failure";
    private static final int POLL_MILLIS = 50;

    private final TCPStore store;
    private final String host;
    private final Shard shard;
    private boolean closed;

    /**
     * Opens the table in the first process; in the others waits until it is there.
     *
     * @param host by which all reach the first process
     * @param port there; 0 for any that is free, in the first process
     * @param shard which of them this process is
     * @param patience how long to wait for the first process
     * @throws Mask2FormerException if the port is taken, or the first process cannot be reached
     */
    public Rendezvous(String host, int port, Shard shard, Duration patience) {
        this.host = host;
        this.shard = shard;
        loadGloo();
        try (PointerScope scope = new PointerScope()) {
            TCPStoreOptions options = new TCPStoreOptions()
                    .port((short) port)
                    .isServer(shard.rank() == 0)
                    .waitWorkers(false)
                    .timeout(new Milliseconds(patience.toMillis()));
            store = new TCPStore(host, options).retainReference();
        } catch (RuntimeException e) {
            throw new Mask2FormerException(
                    shard.rank() == 0
                            ? "the processes cannot meet at port " + port + ": " + reason(e)
                                    + "; choose another --rendezvous"
                            : "the first process cannot be reached at " + host + ":" + port + ": " + reason(e)
                                    + "; start it, and give all the same --rendezvous",
                    e);
        }
    }

    private static void loadGloo() {
        Torch.load();
        try {
            Loader.load(torch_gloo.class);
        } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
            throw new Mask2FormerException(
                    "several processes train together on Linux alone: libtorch for " + Loader.getPlatform()
                            + " comes without Gloo; use one process",
                    e);
        }
    }

    /** What a C++ exception says, without the place in its source and its stack. */
    static String reason(RuntimeException e) {
        String line = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return line.replaceFirst("^\\[[^]]*]\\s*", "");
    }

    String host() {
        return host;
    }

    public int port() {
        return store.getPort() & 0xffff;
    }

    Shard shard() {
        return shard;
    }

    TCPStore store() {
        return store;
    }

    /** Adds to a number of the table, which begins with 0, and returns the new one. */
    long add(String key, long amount) {
        try {
            return store.add(key, amount);
        } catch (RuntimeException e) {
            throw gone(e);
        }
    }

    void put(String key, String text) {
        try (PointerScope scope = new PointerScope()) {
            store.set(key, new ByteVector(text.getBytes(StandardCharsets.UTF_8)));
        } catch (RuntimeException e) {
            throw gone(e);
        }
    }

    private Optional<String> get(String key) {
        try (PointerScope scope = new PointerScope()) {
            return store.check(new StringVector(new BytePointer(key)))
                    ? Optional.of(new String(store.get(key).get(), StandardCharsets.UTF_8))
                    : Optional.empty();
        } catch (RuntimeException e) {
            throw gone(e);
        }
    }

    private static LostProcessException gone(RuntimeException e) {
        return new LostProcessException("process 0, where all meet, is gone (" + reason(e) + ")", e);
    }

    /** Waits until a number of the table has become as large as this; {@code meanwhile} may throw to end it. */
    void await(String key, long number, Runnable meanwhile) {
        while (add(key, 0) < number) {
            failure().ifPresent(reason -> {
                throw new LostProcessException(reason, null);
            });
            meanwhile.run();
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Mask2FormerException("interrupted while waiting for other processes", e);
        }
    }

    /** Leaves word why this process will end. */
    void fail(String reason) {
        put(FAILURE, "process " + shard.rank() + " failed: " + reason);
    }

    /** Why a process has ended, if it left word. */
    Optional<String> failure() {
        return get(FAILURE);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            store.close();
        }
    }
}
