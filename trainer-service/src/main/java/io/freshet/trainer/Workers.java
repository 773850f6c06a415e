package io.freshet.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A training's threads: as many as there are processors for what computes, and light ones for what waits for those. */
final class Workers implements AutoCloseable {
    private final int processors = Runtime.getRuntime().availableProcessors();
    private final ExecutorService computing = Executors.newFixedThreadPool(
            processors,
            Thread.ofPlatform().name("freshet-training-", 0).daemon().factory());
    private final ExecutorService waiting = Executors.newVirtualThreadPerTaskExecutor();

    /** How many computations go on at once. */
    int processors() {
        return processors;
    }

    /** Computes, and gives the results in the order of the tasks. A task must not wait for another one. */
    <T> List<T> compute(List<Callable<T>> tasks) throws InterruptedException {
        return all(computing, tasks);
    }

    /** Starts to compute something for later; it must not wait for another task. Whoever needs it asks {@link #result}. */
    <T> Future<T> start(Callable<T> task) {
        return computing.submit(task);
    }

    /** Runs tasks side by side that have others compute, and gives the results in their order. */
    <T> List<T> coordinate(List<Callable<T>> tasks) throws InterruptedException {
        return all(waiting, tasks);
    }

    private static <T> List<T> all(ExecutorService threads, List<Callable<T>> tasks) throws InterruptedException {
        List<T> results = new ArrayList<>();
        for (Future<T> future : threads.invokeAll(tasks)) {
            results.add(result(future));
        }
        return results;
    }

    /** Waits for what was started. */
    static <T> T result(Future<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException unexpected -> throw unexpected;
                case Error error -> throw error;
                case InterruptedException interrupted -> throw interrupted;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /** Starts nothing more, and waits until what computes has ended: native code cannot be interrupted. */
    @Override
    public void close() {
        waiting.shutdownNow();
        computing.shutdownNow();
        waiting.close();
        computing.close();
    }
}
