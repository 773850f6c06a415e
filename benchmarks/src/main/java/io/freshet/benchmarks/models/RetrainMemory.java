package io.freshet.benchmarks.models;

import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.trainer.Training;
import io.freshet.trainer.learn.Learner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Fits every binary family again and again in one process, as a trainer does that lives long, and tells how large the process
 * is after each round. A leak outside the heap shows as a slope; the heap is of a fixed size and touched at the start.
 */
public final class RetrainMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final double WARM_UP_SHARE = 0.2;
    private static final double NORMAL_95 = 1.96;

    private RetrainMemory() {}

    /**
     * Runs it.
     *
     * @param args how many rounds, at least 4, and rows to fit on
     */
    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]);
        int rows = Integer.parseInt(args[1]);
        List<Map.Entry<Family, Learner>> learners = Training.learners().entrySet().stream()
                .filter(one -> one.getKey().learns(new Task.Binary(new Decision.Costs(1, 1))))
                .toList();
        System.out.printf("start: %,d KiB%n", resident());
        double[] resident = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            Signals train = Signals.of(rows, round);
            for (Map.Entry<Family, Learner> one : learners) {
                one.getValue().fit(train.matrix(), train.targets(), train.matrix(), round);
            }
            resident[round] = resident();
            System.out.printf("round %d: %,d KiB%n", round + 1, (long) resident[round]);
        }
        summarise(resident, learners.size());
    }

    /** Least squares over the rounds after the warm-up, with the standard error of the slope. */
    private static void summarise(double[] resident, int fits) {
        int first = (int) (resident.length * WARM_UP_SHARE);
        int n = resident.length - first;
        double meanRound = first + (n - 1) / 2.0;
        double mean = 0;
        for (int i = first; i < resident.length; i++) {
            mean += resident[i] / n;
        }
        double spread = 0;
        double together = 0;
        for (int i = first; i < resident.length; i++) {
            spread += (i - meanRound) * (i - meanRound);
            together += (i - meanRound) * (resident[i] - mean);
        }
        double slope = together / spread;
        double squares = 0;
        for (int i = first; i < resident.length; i++) {
            double residual = resident[i] - mean - slope * (i - meanRound);
            squares += residual * residual;
        }
        double error = Math.sqrt(squares / (n - 2) / spread);
        System.out.printf(
                "%d rounds of %d fits. After %d rounds %,d KiB, at the end %,d KiB; since then %+.1f KiB a round"
                        + " (95%% interval %+.1f to %+.1f)%n",
                resident.length,
                fits,
                first,
                (long) resident[first],
                (long) resident[resident.length - 1],
                slope,
                slope - NORMAL_95 * error,
                slope + NORMAL_95 * error);
    }

    /** KiB of memory that the process holds, by Linux. */
    private static long resident() throws IOException {
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException(STATUS + " has no VmRSS");
    }
}
