package io.freshet.trainer.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.model.Model;
import io.freshet.schemas.message.MetricEstimate;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.Assessment;
import io.freshet.trainer.Champion;
import io.freshet.trainer.Rows;
import io.freshet.trainer.Training;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.TrainingTask;
import io.freshet.trainer.evaluate.Evaluation;
import io.freshet.trainer.learn.LogisticLearner;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EvaluationReportTest {
    @Test
    void shouldTellAllOfIt() throws Exception {
        Pipeline pipeline = Rows.pipeline("""
                model: { candidates: [logistic-regression] }
                training: { rolling: 2 }
                evaluation: { slices: { kind: feature.kind } }""");
        List<Example> examples = Rows.linear(2_000, 1);
        Training training = new Training(Map.of(Family.LOGISTIC_REGRESSION, new LogisticLearner()), () -> 0);
        TrainingOutcome first = training.run(new TrainingTask(pipeline, examples, Optional.empty(), 1, 1));
        Champion champion = new Champion(1, Model.load(((TrainingOutcome.Promoted) first).bundle(), 1 << 24));
        Assessment best = training.run(new TrainingTask(pipeline, examples, Optional.of(champion), 2, 1))
                .report()
                .best()
                .orElseThrow();
        TrainingRun.Builder run = run();

        EvaluationReport.write(pipeline.model().task(), best, run);

        TrainingRun read = run.build();
        assertThat(read.toByteBuffer().remaining()).as("it can be written").isPositive();
        Evaluation challenger = best.comparison().challenger();
        assertThat(read.getChallenger().getRows()).isEqualTo(400);
        assertThat(read.getChallenger().getThreshold())
                .isEqualTo(challenger.threshold().orElseThrow());
        assertThat(read.getChallenger().getTruePositives())
                .isEqualTo(challenger.confusion().orElseThrow().truePositives());
        assertThat(read.getChallenger().getEstimates())
                .extracting(MetricEstimate::getMetric)
                .containsExactly(
                        "roc-auc",
                        "average-precision",
                        "log-loss",
                        "brier",
                        "calibration-error",
                        "precision",
                        "recall",
                        "f1");
        assertThat(read.getChallenger().getEstimates().getFirst().getLow())
                .isEqualTo(challenger.estimates().get(Metric.ROC_AUC).low());
        assertThat(read.getChampion()).isEqualTo(read.getChallenger());
        assertThat(read.getComparison()).hasSize(8).allMatch(difference -> difference.getValue() == 0);
        assertThat(read.getImportance()).isEqualTo(best.importance());
        assertThat(read.getImportance().get("a"))
                .isEqualTo(read.getImportance().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .max()
                        .orElseThrow());
        assertThat(read.getSlices())
                .extracting(slice -> slice.getSlice())
                .containsExactlyInAnyOrder("kind=x", "kind=y");
        assertThat(read.getCalibration().getMethod()).isEqualTo("platt");
        assertThat(read.getFolds())
                .hasSize(2)
                .allMatch(fold -> fold.getMetrics().containsKey("brier"));
        assertThat(read.getFoldMeans()).containsKey("roc-auc");
        assertThat(read.getCurve().getLast().getRecall()).isEqualTo(1);
        assertThat(read.getReliability()).isNotEmpty();
    }

    private static TrainingRun.Builder run() {
        return TrainingRun.newBuilder()
                .setRunId("run-1")
                .setRequestId("1")
                .setTrials(List.of())
                .setPipeline("shops")
                .setReason(RetrainReason.DRIFT)
                .setDataset(List.of())
                .setRows(0)
                .setTrainRows(0)
                .setHoldoutRows(0)
                .setCandidates(List.of())
                .setChampionVersion(0)
                .setChampionMetrics(Map.of())
                .setGate(List.of())
                .setPromoted(false)
                .setNewVersion(0)
                .setStartedAt(Instant.EPOCH)
                .setFinishedAt(Instant.EPOCH);
    }
}
