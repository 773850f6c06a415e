package io.freshet.drift.performance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.model.metrics.Confusion;
import io.freshet.model.metrics.MulticlassMetrics;
import io.freshet.model.metrics.RegressionMetrics;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Sums against the metrics of the hold-out, which look at every row. */
class OutcomesTest {

    @Test
    void shouldAgreeWithTheMetricsOfAHoldOutOnBinaryTasks() {
        PerformanceLayout layout = new PerformanceLayout(Declared.binary());
        Declared.eachSeed(40, random -> {
            int n = 2 + random.nextInt(3_000);
            double[] scores = new double[n];
            boolean[] labels = new boolean[n];
            List<Answer> answers = new ArrayList<>();
            double rarity = random.nextDouble() * 8;
            for (int i = 0; i < n; i++) {
                double logit = random.nextGaussian() * 2 - rarity;
                scores[i] = random.nextInt(50) == 0 ? random.nextInt(2) : 1 / (1 + Math.exp(-logit));
                labels[i] = i == 0 || i > 1 && random.nextDouble() < scores[i];
                answers.add(new Answer(1, List.of(scores[i]), scores[i] >= 0.3));
            }
            double[] asNumbers = new double[n];
            for (int i = 0; i < n; i++) {
                asNumbers[i] = labels[i] ? 1 : 0;
            }

            Outcomes outcomes = inParts(layout, answers, asNumbers, random);
            Map<Metric, Double> metrics = outcomes.metrics(layout.task());

            assertThat(metrics.keySet()).containsExactlyElementsOf(layout.metrics());
            close(
                    metrics,
                    Metric.LOG_LOSS,
                    BinaryMetrics.logLoss(scores, labels).orElseThrow());
            close(metrics, Metric.BRIER, BinaryMetrics.brier(scores, labels).orElseThrow());
            Confusion confusion = Confusion.at(0.3, scores, labels);
            close(metrics, Metric.PRECISION, confusion.precision());
            close(metrics, Metric.RECALL, confusion.recall());
            close(metrics, Metric.F1, confusion.f1());
            assertThat(outcomes.meanLoss()).isEqualTo(metrics.get(Metric.LOG_LOSS));
            double exact = BinaryMetrics.rocAuc(scores, labels).orElseThrow();
            assertThat(metrics.get(Metric.ROC_AUC)).isCloseTo(exact, within(outcomes.rocAucError() + 1e-12));
            assertThat(outcomes.rocAucError()).isLessThan(0.02);
            if (n > 500) {
                assertThat(metrics.get(Metric.AVERAGE_PRECISION))
                        .isCloseTo(
                                BinaryMetrics.averagePrecision(scores, labels).orElseThrow(), within(0.03));
            }
        });
    }

    @Test
    void shouldAgreeWithTheMetricsOfAHoldOutOnSeveralClasses() {
        PerformanceLayout layout = new PerformanceLayout(Declared.classes());
        Declared.eachSeed(20, random -> {
            int n = 1 + random.nextInt(500);
            double[][] probabilities = new double[n][];
            int[] classes = new int[n];
            double[] labels = new double[n];
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                double a = random.nextDouble();
                double b = (1 - a) * random.nextDouble();
                probabilities[i] = new double[] {a, b, 1 - a - b};
                classes[i] = random.nextInt(3);
                labels[i] = classes[i];
                answers.add(new Answer(1, List.of(a, b, 1 - a - b), null));
            }

            Map<Metric, Double> metrics =
                    inParts(layout, answers, labels, random).metrics(layout.task());

            assertThat(metrics.keySet()).containsExactlyElementsOf(layout.metrics());
            close(metrics, Metric.LOG_LOSS, MulticlassMetrics.logLoss(probabilities, classes));
            close(metrics, Metric.ACCURACY, MulticlassMetrics.accuracy(probabilities, classes));
        });
    }

    @Test
    void shouldAgreeWithTheMetricsOfAHoldOutOnRegressions() {
        PerformanceLayout layout = new PerformanceLayout(Declared.regression());
        Declared.eachSeed(20, random -> {
            int n = 2 + random.nextInt(500);
            double[] predicted = new double[n];
            double[] actual = new double[n];
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                actual[i] = 1e6 + random.nextGaussian();
                predicted[i] = actual[i] + random.nextGaussian() / 2;
                answers.add(new Answer(1, List.of(predicted[i]), null));
            }

            Outcomes outcomes = inParts(layout, answers, actual, random);
            Map<Metric, Double> metrics = outcomes.metrics(layout.task());

            assertThat(metrics.keySet()).containsExactlyInAnyOrderElementsOf(layout.metrics());
            close(metrics, Metric.RMSE, RegressionMetrics.rmse(predicted, actual));
            close(metrics, Metric.MAE, RegressionMetrics.mae(predicted, actual));
            close(metrics, Metric.PINBALL, RegressionMetrics.mae(predicted, actual) / 2);
            close(metrics, Metric.MAPE, RegressionMetrics.mape(predicted, actual));
            close(metrics, Metric.R2, RegressionMetrics.r2(predicted, actual).orElseThrow());
            assertThat(Math.sqrt(outcomes.meanLoss())).isCloseTo(metrics.get(Metric.RMSE), within(1e-12));
        });
    }

    @Test
    void shouldTakeTheDeclaredMetricForTheTestedLossWhereItIsAMeanOverRows() {
        assertThat(loss("label.bad", "{ task: binary, optimize: brier }")).isEqualTo(Loss.BRIER);
        assertThat(loss("label.bad", "{ task: binary, optimize: roc-auc }")).isEqualTo(Loss.LOG);
        assertThat(loss("label.n", "{ task: regression, optimize: mae }")).isEqualTo(Loss.ABSOLUTE_ERROR);
        assertThat(loss("label.n", "{ task: regression, optimize: r2 }")).isEqualTo(Loss.SQUARED_ERROR);
    }

    private static Loss loss(String label, String model) {
        return new PerformanceLayout(Declared.pipeline(label, model)).loss();
    }

    @Test
    void shouldHaveNoMetricsOfABinaryTaskWhileAllLabelsAreTheSame() {
        Pipeline pipeline = Declared.binary();
        PerformanceLayout layout = new PerformanceLayout(pipeline);
        Outcomes outcomes = new Outcomes();
        outcomes.add(layout, new Answer(1, List.of(0.25), false), 0);

        assertThat(outcomes.metrics(layout.task())).isEmpty();
        assertThat(outcomes.meanLoss()).isCloseTo(-Math.log(0.75), within(1e-12));
    }

    @Test
    void shouldRefuseWhatItDidNotWrite() {
        Outcomes outcomes = new Outcomes();
        PerformanceLayout layout = new PerformanceLayout(Declared.binary());
        outcomes.predicted();
        outcomes.add(layout, new Answer(1, List.of(0.25), false), 1);
        byte[] good = outcomes.toBytes();
        assertThat(Outcomes.fromBytes(good).toBytes()).isEqualTo(good);

        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> Outcomes.fromBytes(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        byte[] negative = ByteBuffer.wrap(good.clone()).putLong(1, -1).array();
        assertThatThrownBy(() -> Outcomes.fromBytes(negative)).hasMessageContaining("count");
        Declared.eachSeed(200, random -> {
            byte[] hostile = new byte[random.nextInt(200)];
            random.nextBytes(hostile);
            assertThatThrownBy(() -> Outcomes.fromBytes(hostile)).isInstanceOf(IllegalArgumentException.class);
        });
    }

    /** Added up apart, written, read and merged. */
    private static Outcomes inParts(PerformanceLayout layout, List<Answer> answers, double[] labels, Random random) {
        List<Outcomes> parts = List.of(new Outcomes(), new Outcomes(), new Outcomes());
        for (int i = 0; i < labels.length; i++) {
            Outcomes part = parts.get(random.nextInt(parts.size()));
            part.predicted();
            part.add(layout, answers.get(i), labels[i]);
        }
        Outcomes whole = new Outcomes();
        parts.forEach(part -> whole.merge(Outcomes.fromBytes(part.toBytes())));
        assertThat(whole.rows()).isEqualTo(labels.length);
        assertThat(whole.predictions()).isEqualTo(labels.length);
        return whole;
    }

    private static void close(Map<Metric, Double> metrics, Metric metric, double expected) {
        assertThat(metrics.get(metric))
                .as(metric.spelled())
                .isCloseTo(expected, within(1e-9 * Math.max(1, Math.abs(expected))));
    }
}
