package io.freshet.trainer.evaluate;

import io.freshet.model.Model;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a model costs where it serves.
 *
 * @param latencyMillis how long scoring one raw row takes, preparation included, median
 * @param bytes length of its bundle
 */
public record Serving(double latencyMillis, int bytes) {
    private static final int WARM_UP = 500;
    private static final int MEASURED = 1_000;
    private static final double NANOS_PER_MILLI = 1e6;

    /**
     * Measures the portable scorer, row by row, on this machine.
     *
     * @param rows raw rows that it can score, at least one
     * @param nanoClock as {@link System#nanoTime()}
     */
    public static Serving measure(Model model, int bytes, List<@Nullable Object[]> rows, LongSupplier nanoClock) {
        long[] nanos = new long[MEASURED];
        double[] scores = new double[model.bundle().output().size()];
        for (int i = -WARM_UP; i < MEASURED; i++) {
            @Nullable Object[] row = rows.get(Math.floorMod(i, rows.size()));
            long started = nanoClock.getAsLong();
            model.score(row, scores);
            long taken = nanoClock.getAsLong() - started;
            if (i >= 0) {
                nanos[i] = taken;
            }
        }
        Arrays.sort(nanos);
        return new Serving(nanos[MEASURED / 2] / NANOS_PER_MILLI, bytes);
    }
}
