package org.mask2former.train;

import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;
import org.mask2former.Mask2FormerException;

/**
 * Processes on CPUs of one machine or several, joined by Gloo through torch's c10d. A process that ends closes its connections,
 * which the others notice at once; one that hangs, or whose machine is cut off, after {@link #PATIENCE}.
 */
public final class GlooProcesses implements Processes {
    /** How long the others may take to make a call, in which each of them trains for a step at most. */
    static final Duration PATIENCE = Duration.ofMinutes(15);
    /** How long the first process stays for the others to learn why training has ended. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private static final String JOINED = "joined";
    private static final String LEFT = "left";
    private static final String DONE = "done";

    private final Rendezvous rendezvous;
    private final ProcessGroupGloo group;
    /** Works of the first process so far. */
    private long works;

    private boolean closed;

    /**
     * Waits until all have come.
     *
     * @param rendezvous this object's from now on
     * @param patience how long to wait for them
     * @param watch called now and then while waiting; may throw when there is nothing to wait for any more
     */
    public GlooProcesses(Rendezvous rendezvous, Duration patience, Runnable watch) {
        this.rendezvous = rendezvous;
        try {
            meet(patience, watch);
            group = connect();
        } catch (RuntimeException | Error e) {
            rendezvous.close();
            throw e;
        }
    }

    private void meet(Duration patience, Runnable watch) {
        int count = shard().count();
        rendezvous.add(JOINED, 1);
        long deadline = System.nanoTime() + patience.toNanos();
        rendezvous.await(JOINED, count, () -> {
            watch.run();
            if (System.nanoTime() > deadline) {
                throw new Mask2FormerException(
                        "only " + rendezvous.add(JOINED, 0) + " of " + count + " processes came to "
                                + rendezvous.host() + ":" + rendezvous.port() + " within " + patience.toSeconds()
                                + " s; start the others, and give all the same --rendezvous and --nodes");
            }
        });
    }

    private ProcessGroupGloo connect() {
        try (PointerScope scope = new PointerScope()) {
            ProcessGroupGloo.Options options = ProcessGroupGloo.Options.create(new Milliseconds(PATIENCE.toMillis()));
            options.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(ownAddress())));
            return new ProcessGroupGloo(rendezvous.store(), shard().rank(), shard().count(), options).retainReference();
        } catch (RuntimeException e) {
            throw lost(e);
        }
    }

    /** The address of this machine from which it reaches the first process, and so probably the others. */
    private String ownAddress() {
        try (DatagramSocket socket = new DatagramSocket()) { // which finds a route without sending anything
            socket.connect(new InetSocketAddress(rendezvous.host(), rendezvous.port()));
            return socket.getLocalAddress().getHostAddress();
        } catch (SocketException e) {
            throw new Mask2FormerException("there is no way to " + rendezvous.host() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Shard shard() {
        return rendezvous.shard();
    }

    /** @param begin begins a call on tensors of the scope around it */
    private void call(Supplier<Work> begin) {
        try {
            begin.get()._wait();
        } catch (RuntimeException e) {
            throw lost(e);
        }
    }

    private LostProcessException lost(RuntimeException e) {
        if (e instanceof LostProcessException known) {
            return known;
        }
        return new LostProcessException(
                rendezvous.failure().orElse("another process is gone (" + Rendezvous.reason(e) + ")"), e);
    }

    @Override
    public double[] sum(double... numbers) {
        try (PointerScope scope = new PointerScope()) {
            Tensor tensor = torch.empty(new long[] {numbers.length}, new TensorOptions(torch.ScalarType.Double), null);
            DoublePointer data = new DoublePointer(tensor.data_ptr()).capacity(numbers.length);
            data.put(numbers);
            call(() -> group.allreduce(new TensorVector(tensor)));
            double[] sums = new double[numbers.length];
            data.get(sums);
            return sums;
        }
    }

    @Override
    public void sum(Tensor tensor) {
        try (PointerScope scope = new PointerScope()) {
            call(() -> group.allreduce(new TensorVector(tensor)));
        }
    }

    @Override
    public void copyFirst(Tensor tensor) {
        try (PointerScope scope = new PointerScope()) {
            call(() -> group.broadcast(new TensorVector(tensor), new BroadcastOptions().rootRank(0)));
        }
    }

    /** By adding up tables in which all rows but the own one are zero. */
    @Override
    public List<String> gather(String text) {
        byte[] mine = text.getBytes(StandardCharsets.UTF_8);
        double[] lengths = new double[shard().count()];
        lengths[shard().rank()] = mine.length;
        lengths = sum(lengths);
        int width = (int) Arrays.stream(lengths).max().orElse(0);
        List<String> all = new ArrayList<>();
        try (PointerScope scope = new PointerScope()) {
            Tensor table =
                    torch.zeros(new long[] {lengths.length, width + 1}, new TensorOptions(torch.ScalarType.Byte));
            ByteBuffer bytes =
                    new BytePointer(table.data_ptr()).capacity(table.numel()).asByteBuffer();
            bytes.put(shard().rank() * (width + 1), mine);
            call(() -> group.allreduce(new TensorVector(table)));
            for (int i = 0; i < lengths.length; i++) {
                byte[] row = new byte[(int) lengths[i]];
                bytes.get(i * (width + 1), row);
                all.add(new String(row, StandardCharsets.UTF_8));
            }
        }
        return all;
    }

    /** The others ask the table now and then: a call of Gloo's would lose its patience. */
    @Override
    public void first(Runnable work) {
        works++;
        if (isFirst()) {
            work.run();
            rendezvous.add(DONE, 1);
        } else {
            rendezvous.await(DONE, works, () -> {});
        }
    }

    @Override
    public void fail(String reason) {
        try {
            rendezvous.fail(reason);
        } catch (LostProcessException e) {
            // The first process is gone already, and with it all others will be.
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        group.close();
        try {
            rendezvous.add(LEFT, 1);
            if (isFirst()) {
                long deadline = System.nanoTime() + FAREWELL.toNanos();
                while (rendezvous.add(LEFT, 0) < shard().count() && System.nanoTime() < deadline) {
                    Thread.sleep(20);
                }
            }
        } catch (LostProcessException e) {
            // There is nobody left to wait for.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            rendezvous.close();
        }
    }
}
