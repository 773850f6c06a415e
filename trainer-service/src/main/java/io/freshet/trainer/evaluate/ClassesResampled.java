package io.freshet.trainer.evaluate;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.model.metrics.MulticlassMetrics;
import io.freshet.model.metrics.Reliability;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.rows.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The metrics of several classes, as {@link MulticlassMetrics} defines them. Those of a class against all others are averaged
 * over the classes that have rows; the ranking of a class that has all of them cannot be judged, and then there are none.
 */
final class ClassesResampled implements Resampled {
    private static final int BINS = BinaryMetrics.CALIBRATION_BINS;

    private final List<BinaryResampled> against = new ArrayList<>();

    /** By block. */
    private final Sums[] sums;

    private final int classes;

    /** What adds up over the rows of a block. */
    private static final class Sums {
        private final long[][] confusion;
        private double loss;
        private double squares;

        /** By bin of the decided class's probability: those probabilities less the number of right decisions. */
        private final double[] gaps = new double[BINS];

        Sums(int classes) {
            this.confusion = new long[classes][classes];
        }
    }

    ClassesResampled(Scored model, Targets.Classes targets, HoldOut holdout) {
        Resampled.checkProbabilities(model.scores());
        this.classes = targets.count();
        this.sums = new Sums[holdout.blockCount()];
        Arrays.setAll(sums, block -> new Sums(classes));
        for (int one = 0; one < classes; one++) {
            Targets.Binary isOne = targets.against(one);
            double[] scores = new double[targets.size()];
            for (int row = 0; row < scores.length; row++) {
                scores[row] = model.scores()[row * classes + one];
            }
            against.add(new BinaryResampled(Scored.undecided(scores), isOne, holdout));
        }
        add(model.scores(), targets, holdout);
    }

    private void add(double[] scores, Targets.Classes targets, HoldOut holdout) {
        int rows = targets.size();
        if (rows == 0) {
            return;
        }
        MostProbable of = MostProbable.of(scores, classes);
        double[] edges = Reliability.equalMassEdges(of.confidence(), BINS);
        for (int row = 0; row < rows; row++) {
            Sums block = sums[holdout.blocks()[row]];
            int actual = targets.classes()[row];
            int decided = of.decided()[row];
            block.confusion[actual][decided]++;
            block.loss += BinaryMetrics.logLoss(scores[row * classes + actual], true);
            for (int one = 0; one < classes; one++) {
                double error = scores[row * classes + one] - (actual == one ? 1 : 0);
                block.squares += error * error;
            }
            double confidence = of.confidence()[row];
            block.gaps[Reliability.bin(edges, confidence)] += confidence - (actual == decided ? 1 : 0);
        }
    }

    @Override
    public void measure(int[] times, double[] into) {
        long[][] confusion = new long[classes][classes];
        double loss = 0;
        double squares = 0;
        double[] gaps = new double[BINS];
        for (int block = 0; block < sums.length; block++) {
            int taken = times[block];
            if (taken > 0) {
                Sums of = sums[block];
                loss += taken * of.loss;
                squares += taken * of.squares;
                for (int bin = 0; bin < BINS; bin++) {
                    gaps[bin] += taken * of.gaps[bin];
                }
                for (int actual = 0; actual < classes; actual++) {
                    for (int decided = 0; decided < classes; decided++) {
                        confusion[actual][decided] += taken * of.confusion[actual][decided];
                    }
                }
            }
        }
        Arrays.fill(into, Double.NaN);
        long rows = Arrays.stream(confusion).flatMapToLong(Arrays::stream).sum();
        if (rows == 0) {
            return;
        }
        into[Metric.LOG_LOSS.ordinal()] = loss / rows;
        into[Metric.BRIER.ordinal()] = squares / rows;
        into[Metric.CALIBRATION_ERROR.ordinal()] =
                Arrays.stream(gaps).map(Math::abs).sum() / rows;
        decisions(confusion, rows, into);
        rankings(confusion, times, into);
    }

    private void decisions(long[][] confusion, long rows, double[] into) {
        long right = 0;
        int present = 0;
        double precision = 0;
        double recall = 0;
        double f1 = 0;
        for (int one = 0; one < classes; one++) {
            long actual = Arrays.stream(confusion[one]).sum();
            if (actual == 0) {
                continue;
            }
            long decided = 0;
            for (long[] ofActual : confusion) {
                decided += ofActual[one];
            }
            long hits = confusion[one][one];
            right += hits;
            present++;
            precision += decided == 0 ? 0 : (double) hits / decided;
            recall += (double) hits / actual;
            f1 += 2.0 * hits / (decided + actual);
        }
        into[Metric.ACCURACY.ordinal()] = (double) right / rows;
        into[Metric.PRECISION.ordinal()] = precision / present;
        into[Metric.RECALL.ordinal()] = recall / present;
        into[Metric.F1.ordinal()] = f1 / present;
    }

    private void rankings(long[][] confusion, int[] times, double[] into) {
        double[] ofOne = new double[into.length];
        double rocAuc = 0;
        double averagePrecision = 0;
        int present = 0;
        for (int one = 0; one < classes; one++) {
            if (Arrays.stream(confusion[one]).sum() > 0) {
                against.get(one).measure(times, ofOne);
                rocAuc += ofOne[Metric.ROC_AUC.ordinal()];
                averagePrecision += ofOne[Metric.AVERAGE_PRECISION.ordinal()];
                present++;
            }
        }
        into[Metric.ROC_AUC.ordinal()] = rocAuc / present;
        into[Metric.AVERAGE_PRECISION.ordinal()] = averagePrecision / present;
    }
}
