package org.mask2former.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.mask2former.Mask2FormerException;
import org.mask2former.Task;
import org.mask2former.data.Dataset;
import org.mask2former.image.PreprocessorConfig;

/**
 * The batches of a training run, made ahead of time on threads of its own. A batch depends on nothing but its step, the seed, the
 * data set and the augmentation: a run that is resumed sees what the unbroken one would have seen. Every epoch goes through all
 * pictures once in an order of its own, and batches run on from one epoch into the next. For one thread.
 *
 * <p>Pictures stay decoded in memory (3 bytes for each pixel, and the masks' runs) as long as they fit into {@link
 * Settings#cacheBytes}; the rest is read anew each time.
 */
public final class SampleLoader implements AutoCloseable {
    private static final AtomicInteger THREADS = new AtomicInteger();
    /** A picture takes milliseconds; a file on a network that is gone takes for ever. */
    private static final int PATIENCE_SECONDS = 30;
    /** So many are tried in place of a bad picture. Where they are all bad, hardly any can be good. */
    private static final int SUBSTITUTES = 20;

    private final Dataset data;
    private final Augmentation augmentation;
    private final PreprocessorConfig normalisation;
    private final Settings settings;
    private final EpochOrder order;
    private final PictureCache pictures;
    private final Map<String, String> bad = new ConcurrentHashMap<>();
    private final ExecutorService workers;
    /** Samples under way or done, by step. */
    private final Map<Long, List<FutureTask<TrainingSample>>> coming = new HashMap<>();

    /**
     * How batches are made.
     *
     * @param batch samples of a step, of all processes together
     * @param seed of everything random
     * @param workers threads that make samples; 0 for none, when the caller's own makes them as they are asked for
     * @param ahead steps that are made before they are asked for, each of which takes the memory of a batch
     * @param cacheBytes memory for decoded pictures, in bytes; may be exceeded by a picture or two
     * @param shard which part of each batch this process takes
     * @param onBadPicture what happens when a picture cannot be used
     */
    public record Settings(
            int batch, long seed, int workers, int ahead, long cacheBytes, Shard shard, OnBadPicture onBadPicture) {
        public Settings {
            if (batch < 1 || batch % shard.count() != 0) {
                throw new IllegalArgumentException("a batch of " + batch
                        + " cannot be shared out evenly; it has to be a multiple of the number of processes, "
                        + shard.count());
            }
            if (workers < 0 || workers > 256 || ahead < 0 || ahead > 64 || cacheBytes < 0) {
                throw new IllegalArgumentException("there can be 0 to 256 workers, not " + workers
                        + ", 0 to 64 steps ahead, not " + ahead + ", and no less than 0 bytes of cache, not "
                        + cacheBytes);
            }
        }

        /** One process, two steps ahead, a quarter of Java's memory for pictures, and a bad picture ends it. */
        public static Settings of(int batch, long seed, int workers) {
            return new Settings(
                    batch, seed, workers, 2, Runtime.getRuntime().maxMemory() / 4, Shard.WHOLE, OnBadPicture.FAIL);
        }

        public Settings withAhead(int ahead) {
            return new Settings(batch, seed, workers, ahead, cacheBytes, shard, onBadPicture);
        }

        public Settings withCacheBytes(long cacheBytes) {
            return new Settings(batch, seed, workers, ahead, cacheBytes, shard, onBadPicture);
        }

        public Settings withOnBadPicture(OnBadPicture onBadPicture) {
            return new Settings(batch, seed, workers, ahead, cacheBytes, shard, onBadPicture);
        }

        public Settings withShard(Shard shard) {
            return new Settings(batch, seed, workers, ahead, cacheBytes, shard, onBadPicture);
        }
    }

    /** With {@link Settings#of}. */
    public SampleLoader(
            Dataset data,
            Task task,
            Augmentation augmentation,
            PreprocessorConfig normalisation,
            int batch,
            long seed,
            int workers) {
        this(data, task, augmentation, normalisation, Settings.of(batch, seed, workers));
    }

    /**
     * Reads nothing yet.
     *
     * @param task what the pictures' annotation is read for
     * @param normalisation what bytes become for the model
     * @throws Mask2FormerException if the data set has no annotation for the task, or no pictures
     */
    public SampleLoader(
            Dataset data, Task task, Augmentation augmentation, PreprocessorConfig normalisation, Settings settings) {
        if (!data.tasks().contains(task)) {
            throw new Mask2FormerException("the data set " + data.name() + " is annotated for " + data.tasks()
                    + ", so that it cannot be trained on for " + task);
        }
        if (data.size() == 0) {
            throw new Mask2FormerException("the data set " + data.name() + " has no pictures to train on");
        }
        this.data = data;
        this.augmentation = augmentation;
        this.normalisation = normalisation;
        this.settings = settings;
        this.order = new EpochOrder(data.size(), settings.seed());
        this.pictures = new PictureCache(data, task, settings.cacheBytes());
        this.workers = Executors.newFixedThreadPool(Math.max(1, settings.workers()), SampleLoader::thread);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "sample-loader-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    /**
     * The batch of a step, or this process's part of it; later ones are begun. Steps may be asked for in any order, but those
     * that follow each other come quickest.
     *
     * @param step from 0
     * @throws Mask2FormerException if a picture cannot be used; the message names the file
     */
    public List<TrainingSample> batch(long step) {
        if (step < 0) {
            throw new IllegalArgumentException("steps are counted from 0; there is no step " + step);
        }
        if (workers.isShutdown()) {
            throw new IllegalStateException("the loader is closed");
        }
        begin(step);
        List<TrainingSample> batch = new ArrayList<>();
        for (FutureTask<TrainingSample> sample : coming.getOrDefault(step, List.of())) {
            sample.run(); // unless a worker has begun it
            batch.add(result(sample));
        }
        coming.remove(step);
        return batch;
    }

    /** Sees to it that a step and those after it are under way, and none else. */
    private void begin(long step) {
        long last = step + (settings.workers() > 0 ? settings.ahead() : 0);
        coming.entrySet().removeIf(other -> {
            boolean past = other.getKey() < step || other.getKey() > last;
            if (past) {
                other.getValue().forEach(sample -> sample.cancel(false));
            }
            return past;
        });
        for (long s = step; s <= last; s++) {
            coming.computeIfAbsent(s, this::begun);
        }
    }

    private List<FutureTask<TrainingSample>> begun(long step) {
        int share = settings.batch() / settings.shard().count();
        long first = step * settings.batch() + (long) settings.shard().rank() * share;
        List<FutureTask<TrainingSample>> samples = new ArrayList<>();
        for (int i = 0; i < share; i++) {
            long position = first + i;
            FutureTask<TrainingSample> sample = new FutureTask<>(() -> sample(position));
            samples.add(sample);
            if (settings.workers() > 0) {
                workers.execute(sample);
            }
        }
        return samples;
    }

    private TrainingSample sample(long position) {
        int first = order.at(position);
        try {
            return sample(first, position);
        } catch (Mask2FormerException e) {
            if (settings.onBadPicture() == OnBadPicture.FAIL) {
                throw e;
            }
            bad.put(data.get(first).id(), e.getMessage());
            return substitute(position, e);
        }
    }

    private TrainingSample substitute(long position, Mask2FormerException reason) {
        SplittableRandom random = Seeds.SUBSTITUTE.random(settings.seed(), position);
        Mask2FormerException last = reason;
        for (int i = 0; i < SUBSTITUTES; i++) {
            int other = random.nextInt(data.size());
            try {
                return sample(other, position);
            } catch (Mask2FormerException e) {
                bad.put(data.get(other).id(), e.getMessage());
                last = e;
            }
        }
        throw new Mask2FormerException(
                "too many pictures of " + data.name() + " cannot be used, the last one because " + last.getMessage(),
                last);
    }

    private TrainingSample sample(int picture, long position) {
        try {
            return augmentation.apply(
                    pictures.get(picture), normalisation, Seeds.AUGMENTATION.random(settings.seed(), position));
        } catch (Mask2FormerException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new Mask2FormerException(
                    "cannot train on " + data.get(picture).image() + ": " + e, e);
        }
    }

    /** The pictures that could not be used so far and others took the place of: why not, by id. */
    public Map<String, String> badPictures() {
        return Map.copyOf(bad);
    }

    private static TrainingSample result(Future<TrainingSample> sample) {
        try {
            return sample.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            if (e.getCause() instanceof Mask2FormerException known) {
                throw known;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Mask2FormerException("interrupted while waiting for pictures", e);
        }
    }

    /** Ends the threads, once they are done with the pictures in their hands. */
    @Override
    public void close() {
        coming.clear();
        workers.shutdownNow();
        try {
            workers.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
