package io.freshet.drift.performance;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.Task;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a model's answers turned out to be worth, in sums that can be merged. ROC AUC and average precision come from a
 * histogram of the scores of positives and negatives in bins of a tenth of a logit, from -12 to 12: rows of one bin count
 * as of equal score. Mutable.
 */
public final class Outcomes {
    private static final byte FORMAT = 1;
    private static final int BINS = 240;
    private static final double EXTREME = 12;
    // As scikit-learn, and so the hold-out, has it.
    private static final double LEAST_LABEL = Math.ulp(1.0);

    private enum Count {
        PREDICTIONS,
        ROWS,
        POSITIVES,
        DECIDED,
        ALARMS,
        TRUE_POSITIVES,
        RIGHT
    }

    private enum Sum {
        LOSS,
        LOSS_SQUARES,
        LOG_LOSS,
        BRIER,
        ABSOLUTE,
        SQUARES,
        SHARES,
        LABEL_MEAN,
        LABEL_SQUARES
    }

    private final long[] counts = new long[Count.values().length];
    private final double[] sums = new double[Sum.values().length];
    private final long[] positives = new long[BINS];
    private final long[] negatives = new long[BINS];

    /** Predictions, labelled or not. */
    public long predictions() {
        return count(Count.PREDICTIONS);
    }

    /** Labelled ones. */
    public long rows() {
        return count(Count.ROWS);
    }

    /** Predictions and labels. */
    public long records() {
        return predictions() + rows();
    }

    private long count(Count of) {
        return counts[of.ordinal()];
    }

    private double sum(Sum of) {
        return sums[of.ordinal()];
    }

    private void count(Count of, boolean one) {
        counts[of.ordinal()] += one ? 1 : 0;
    }

    private void add(Sum to, double value) {
        sums[to.ordinal()] += value;
    }

    /** A prediction was made, whose label may come. */
    public void predicted() {
        count(Count.PREDICTIONS, true);
    }

    /** Its label came; both fit the layout. */
    public void add(PerformanceLayout layout, Answer answer, double label) {
        count(Count.ROWS, true);
        double first = answer.outputs().getFirst();
        double loss = switch (layout.task()) {
            case Task.Binary _ -> binary(first, answer, label == 1, layout.loss());
            case Task.Multiclass _ -> ofClasses(answer, (int) label);
            case Task.Regression _ -> number(first, label, layout.loss());
        };
        add(Sum.LOSS, loss);
        add(Sum.LOSS_SQUARES, loss * loss);
    }

    private double binary(double score, Answer answer, boolean positive, Loss tested) {
        double log = BinaryMetrics.logLoss(score, positive);
        double error = score - (positive ? 1 : 0);
        Boolean decision = answer.decision();
        boolean alarm = decision != null && decision;
        add(Sum.LOG_LOSS, log);
        add(Sum.BRIER, error * error);
        count(Count.POSITIVES, positive);
        count(Count.DECIDED, decision != null);
        count(Count.ALARMS, alarm);
        count(Count.TRUE_POSITIVES, alarm && positive);
        (positive ? positives : negatives)[bin(score)]++;
        return tested == Loss.BRIER ? error * error : log;
    }

    private static int bin(double score) {
        double logit = Math.log(score / (1 - score));
        double clipped = Math.max(-EXTREME, Math.min(EXTREME, logit));
        return Math.min(BINS - 1, (int) ((clipped + EXTREME) / (2 * EXTREME) * BINS));
    }

    private double ofClasses(Answer answer, int label) {
        double log = Loss.log(answer.outputs().get(label));
        int decided = 0;
        for (int i = 1; i < answer.outputs().size(); i++) {
            if (answer.outputs().get(i) > answer.outputs().get(decided)) {
                decided = i;
            }
        }
        add(Sum.LOG_LOSS, log);
        count(Count.RIGHT, decided == label);
        return log;
    }

    private double number(double predicted, double actual, Loss tested) {
        double error = Math.abs(predicted - actual);
        add(Sum.ABSOLUTE, error);
        add(Sum.SQUARES, error * error);
        add(Sum.SHARES, error / Math.max(LEAST_LABEL, Math.abs(actual)));
        // Welford, Technometrics 4(3), 1962.
        double off = actual - sum(Sum.LABEL_MEAN);
        add(Sum.LABEL_MEAN, off / rows());
        add(Sum.LABEL_SQUARES, off * (actual - sum(Sum.LABEL_MEAN)));
        return tested == Loss.ABSOLUTE_ERROR ? error : error * error;
    }

    /** Adds what another has seen; the other is left as it was. */
    public void merge(Outcomes other) {
        long rows = rows();
        long together = rows + other.rows();
        double mean = sum(Sum.LABEL_MEAN);
        double off = other.sum(Sum.LABEL_MEAN) - mean;
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        for (int i = 0; i < sums.length; i++) {
            sums[i] += other.sums[i];
        }
        for (int i = 0; i < BINS; i++) {
            positives[i] += other.positives[i];
            negatives[i] += other.negatives[i];
        }
        // Chan, Golub and LeVeque, 1979.
        double share = together == 0 ? 0 : (double) other.rows() / together;
        sums[Sum.LABEL_MEAN.ordinal()] = mean + off * share;
        add(Sum.LABEL_SQUARES, off * off * rows * share);
    }

    /** The mean of the tested loss; NaN without a labelled row. */
    double meanLoss() {
        return sum(Sum.LOSS) / rows();
    }

    /** The standard error of {@link #meanLoss()} if rows are independent; NaN for fewer than two. */
    double standardError() {
        double mean = meanLoss();
        double variance = Math.max(0, sum(Sum.LOSS_SQUARES) / rows() - mean * mean);
        return rows() < 2 ? Double.NaN : Math.sqrt(variance / (rows() - 1));
    }

    /** Every metric that can be told: none of a binary task as long as all labels are the same. */
    public Map<Metric, Double> metrics(Task task) {
        Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
        double rows = rows();
        if (rows == 0) {
            return metrics;
        }
        switch (task) {
            case Task.Binary _ -> {
                if (count(Count.POSITIVES) > 0 && count(Count.POSITIVES) < rows) {
                    binary(metrics);
                }
            }
            case Task.Multiclass _ -> {
                metrics.put(Metric.LOG_LOSS, sum(Sum.LOG_LOSS) / rows);
                metrics.put(Metric.ACCURACY, count(Count.RIGHT) / rows);
            }
            case Task.Regression _ -> {
                metrics.put(Metric.RMSE, Math.sqrt(sum(Sum.SQUARES) / rows));
                metrics.put(Metric.MAE, sum(Sum.ABSOLUTE) / rows);
                metrics.put(Metric.PINBALL, sum(Sum.ABSOLUTE) / rows / 2);
                metrics.put(Metric.MAPE, sum(Sum.SHARES) / rows);
                if (sum(Sum.LABEL_SQUARES) > 0) {
                    metrics.put(Metric.R2, 1 - sum(Sum.SQUARES) / sum(Sum.LABEL_SQUARES));
                }
            }
        }
        return metrics;
    }

    private void binary(Map<Metric, Double> metrics) {
        double rows = rows();
        double all = count(Count.POSITIVES);
        metrics.put(Metric.LOG_LOSS, sum(Sum.LOG_LOSS) / rows);
        metrics.put(Metric.BRIER, sum(Sum.BRIER) / rows);
        if (count(Count.DECIDED) == rows) {
            double found = count(Count.TRUE_POSITIVES);
            double alarms = count(Count.ALARMS);
            metrics.put(Metric.PRECISION, alarms == 0 ? 0 : found / alarms);
            metrics.put(Metric.RECALL, found / all);
            metrics.put(Metric.F1, 2 * found / (alarms + all));
        }
        double wins = 0;
        double precision = 0;
        double found = 0;
        double alarms = 0;
        for (int bin = BINS - 1; bin >= 0; bin--) {
            wins += negatives[bin] * (found + positives[bin] / 2.0);
            found += positives[bin];
            alarms += positives[bin] + negatives[bin];
            precision += positives[bin] == 0 ? 0 : positives[bin] * found / alarms;
        }
        metrics.put(Metric.ROC_AUC, wins / (all * (rows - all)));
        metrics.put(Metric.AVERAGE_PRECISION, precision / all);
    }

    /** How far ROC AUC may be from that of the scores themselves: half the share of pairs that are in one bin. */
    public double rocAucError() {
        double pairs = 0;
        for (int bin = 0; bin < BINS; bin++) {
            pairs += (double) positives[bin] * negatives[bin];
        }
        double all = count(Count.POSITIVES);
        return pairs / (2 * all * (rows() - all));
    }

    public byte[] toBytes() {
        int filled = 0;
        for (int bin = 0; bin < BINS; bin++) {
            filled += positives[bin] + negatives[bin] > 0 ? 1 : 0;
        }
        ByteBuffer out = ByteBuffer.allocate(1
                + Long.BYTES * counts.length
                + Double.BYTES * sums.length
                + Integer.BYTES
                + filled * (Integer.BYTES + 2 * Long.BYTES));
        out.put(FORMAT);
        for (long count : counts) {
            out.putLong(count);
        }
        for (double sum : sums) {
            out.putDouble(sum);
        }
        out.putInt(filled);
        for (int bin = 0; bin < BINS; bin++) {
            if (positives[bin] + negatives[bin] > 0) {
                out.putInt(bin).putLong(positives[bin]).putLong(negatives[bin]);
            }
        }
        return out.array();
    }

    /** @throws IllegalArgumentException for anything that {@link #toBytes()} did not write */
    public static Outcomes fromBytes(byte[] bytes) {
        Outcomes read = new Outcomes();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int least = 1 + Long.BYTES * read.counts.length + Double.BYTES * read.sums.length + Integer.BYTES;
        if (bytes.length < least || in.get() != FORMAT) {
            throw new IllegalArgumentException("no outcomes of format " + FORMAT);
        }
        for (int i = 0; i < read.counts.length; i++) {
            read.counts[i] = atLeast0(in.getLong());
        }
        for (int i = 0; i < read.sums.length; i++) {
            read.sums[i] = in.getDouble();
            if (!Double.isFinite(read.sums[i])) {
                throw new IllegalArgumentException("a sum of outcomes is " + read.sums[i]);
            }
        }
        int filled = in.getInt();
        if (filled < 0 || filled > BINS || in.remaining() != filled * (Integer.BYTES + 2 * Long.BYTES)) {
            throw new IllegalArgumentException("outcomes in " + filled + " bins take " + in.remaining() + " bytes");
        }
        for (int i = 0; i < filled; i++) {
            int bin = in.getInt();
            if (bin < 0 || bin >= BINS) {
                throw new IllegalArgumentException("outcomes in bin " + bin);
            }
            read.positives[bin] = atLeast0(in.getLong());
            read.negatives[bin] = atLeast0(in.getLong());
        }
        return read;
    }

    private static long atLeast0(long count) {
        if (count < 0) {
            throw new IllegalArgumentException("a count of outcomes is " + count);
        }
        return count;
    }
}
