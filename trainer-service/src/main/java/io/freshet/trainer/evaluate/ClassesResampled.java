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

    // What adds up over the rows of a block, by position.
    private static final int LOSS = 0;
    private static final int SQUARES = 1;

    /** From here on by bin of the decided class's probability: those probabilities less the number of right decisions. */
    private static final int GAPS = 2;

    /** From here on the rows by actual class, then by decided class. */
    private static final int CONFUSION = GAPS + BINS;

    /** Each class against the others; none where the order of scores does not matter. */
    private final List<Ranking> against = new ArrayList<>();

    /** By block. */
    private final double[][] sums;

    private final int classes;

    /** @param ranked whether the metrics that go by the order of scores are wanted; NaN else */
    ClassesResampled(Scored model, Targets.Classes targets, HoldOut holdout, boolean ranked) {
        Resampled.checkProbabilities(model.scores());
        this.classes = targets.count();
        this.sums = new double[holdout.blockCount()][CONFUSION + classes * classes];
        for (int one = 0; ranked && one < classes; one++) {
            double[] scores = new double[targets.size()];
            for (int row = 0; row < scores.length; row++) {
                scores[row] = model.scores()[row * classes + one];
            }
            against.add(new Ranking(scores, targets.against(one).positive(), holdout.blocks()));
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
            double[] block = sums[holdout.blocks()[row]];
            int actual = targets.classes()[row];
            int decided = of.decided()[row];
            block[CONFUSION + actual * classes + decided]++;
            block[LOSS] += BinaryMetrics.logLoss(scores[row * classes + actual], true);
            for (int one = 0; one < classes; one++) {
                double error = scores[row * classes + one] - (actual == one ? 1 : 0);
                block[SQUARES] += error * error;
            }
            double confidence = of.confidence()[row];
            block[GAPS + Reliability.bin(edges, confidence)] += confidence - (actual == decided ? 1 : 0);
        }
    }

    @Override
    public void measure(Draws draws, double[][] into) {
        double[][] total = draws.total(sums);
        double[][][] rankings = new double[against.size()][draws.count()][Metric.values().length];
        for (int one = 0; one < rankings.length; one++) {
            against.get(one).measure(draws, rankings[one]);
        }
        for (int draw = 0; draw < draws.count(); draw++) {
            Arrays.fill(into[draw], Double.NaN);
            double[][] confusion = confusion(total, draw);
            double rows =
                    Arrays.stream(confusion).flatMapToDouble(Arrays::stream).sum();
            if (rows > 0) {
                into[draw][Metric.LOG_LOSS.ordinal()] = total[LOSS][draw] / rows;
                into[draw][Metric.BRIER.ordinal()] = total[SQUARES][draw] / rows;
                into[draw][Metric.CALIBRATION_ERROR.ordinal()] = Resampled.gap(total, GAPS, draw) / rows;
                decisions(confusion, rows, into[draw]);
                if (rankings.length > 0) {
                    rankings(confusion, rankings, draw, into[draw]);
                }
            }
        }
    }

    private double[][] confusion(double[][] total, int draw) {
        double[][] confusion = new double[classes][classes];
        for (int at = 0; at < classes * classes; at++) {
            confusion[at / classes][at % classes] = total[CONFUSION + at][draw];
        }
        return confusion;
    }

    private void decisions(double[][] confusion, double rows, double[] into) {
        double right = 0;
        int present = 0;
        double precision = 0;
        double recall = 0;
        double f1 = 0;
        for (int one = 0; one < classes; one++) {
            double actual = Arrays.stream(confusion[one]).sum();
            if (actual == 0) {
                continue;
            }
            double decided = 0;
            for (double[] ofActual : confusion) {
                decided += ofActual[one];
            }
            double hits = confusion[one][one];
            right += hits;
            present++;
            precision += decided == 0 ? 0 : hits / decided;
            recall += hits / actual;
            f1 += 2 * hits / (decided + actual);
        }
        into[Metric.ACCURACY.ordinal()] = right / rows;
        into[Metric.PRECISION.ordinal()] = precision / present;
        into[Metric.RECALL.ordinal()] = recall / present;
        into[Metric.F1.ordinal()] = f1 / present;
    }

    private void rankings(double[][] confusion, double[][][] rankings, int draw, double[] into) {
        for (Metric metric : List.of(Metric.ROC_AUC, Metric.AVERAGE_PRECISION)) {
            double sum = 0;
            int present = 0;
            for (int one = 0; one < classes; one++) {
                if (Arrays.stream(confusion[one]).sum() > 0) {
                    sum += rankings[one][draw][metric.ordinal()];
                    present++;
                }
            }
            into[metric.ordinal()] = present > 1 ? sum / present : Double.NaN;
        }
    }
}
