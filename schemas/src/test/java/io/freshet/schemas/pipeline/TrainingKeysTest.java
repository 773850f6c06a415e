package io.freshet.schemas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.freshet.schemas.pipeline.InvalidPipelineException.Problem;
import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.row.FeatureRowSchema;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class TrainingKeysTest {
    private static final String SCHEMA = """
            {"type": "record", "name": "%s", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "a", "type": "double"}, {"name": "kind", "type": "string"}, {"name": "bad", "type": "boolean"}]}
            """;

    @Test
    void shouldHaveDefaults() throws Exception {
        Pipeline pipeline = parse("");

        assertThat(pipeline.model().task()).isEqualTo(new Pipeline.Task.Binary(new Decision.Costs(1, 1)));
        assertThat(pipeline.model().optimize()).isEqualTo(Metric.AVERAGE_PRECISION);
        assertThat(pipeline.training())
                .isEqualTo(
                        new Pipeline.TrainingSpec(10_000, 200_000, 0.2, 0, List.of(TrainingWindow.ALL), Duration.ZERO));
        assertThat(pipeline.evaluation().slices()).isEmpty();
        assertThat(pipeline.gate())
                .isEqualTo(new Pipeline.GateSpec(
                        0.95,
                        Map.of(),
                        Map.of(),
                        5,
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        0.99,
                        Duration.ofMillis(5),
                        256 * 1024 * 1024));
    }

    @Test
    void shouldReadWindowsAndTheBudget() throws Exception {
        Pipeline pipeline = parse(
                "training: { window: [since-drift, last 100000, last 30d, all, weighted 12h, all], budget: 60s }");

        assertThat(pipeline.training().windows())
                .containsExactly(
                        new TrainingWindow.SinceDrift(),
                        new TrainingWindow.Last(100_000),
                        new TrainingWindow.Newest(Duration.ofDays(30)),
                        TrainingWindow.ALL,
                        new TrainingWindow.Weighted(Duration.ofHours(12)))
                .allMatch(window -> TrainingWindow.parse(window.spelled()).equals(Optional.of(window)));
        assertThat(pipeline.training().budget()).isEqualTo(Duration.ofMinutes(1));
        assertThat(parse("training: { window: last 500 }").training().windows())
                .containsExactly(new TrainingWindow.Last(500));
    }

    @Test
    void shouldNameWhatIsNoWindowAndNoBudget() {
        assertThatThrownBy(() -> parse("training: { window: [yesterday, last 0, last 300000], budget: 1h }"))
                .hasMessageContaining("'yesterday' is no window; write all, since-drift")
                .hasMessageContaining("'last 0' is no window")
                .hasMessageContaining("more than training.last, which is 200000")
                .hasMessageContaining("more than 5m");
    }

    @Test
    void shouldReadEveryKey() throws Exception {
        Pipeline pipeline = parse("""
                model: { optimize: log-loss, threshold: { precision: 0.9 } }
                training: { firstAfter: 500, last: 1000, holdout: 0.1, rolling: 3 }
                evaluation: { slices: { large: feature.a > 100.0, kind: feature.kind } }
                gate:
                  confidence: 0.9
                  minimum: { roc-auc: 0.6, recall: 0.5 }
                  maximum: { log-loss: 0.5, calibration-error: 0.1 }
                  slices: { minimum: { roc-auc: 0.55 }, maximum: { brier: 0.3 } }
                  meanScore: 2
                  alarms: { positives: 20, champion: 3 }
                  singleFeature: 0.95
                  latency: 1ms
                  bytes: 1000000
                """);

        assertThat(pipeline.model().task()).isEqualTo(new Pipeline.Task.Binary(new Decision.LeastPrecision(0.9)));
        assertThat(pipeline.training().rolling()).isEqualTo(3);
        assertThat(pipeline.evaluation().slices()).containsOnlyKeys("large", "kind");
        assertThat(pipeline.evaluation().slices().get("kind").kind()).isEqualTo(Expression.Kind.TEXT);
        assertThat(pipeline.gate())
                .isEqualTo(new Pipeline.GateSpec(
                        0.9,
                        Map.of(
                                Metric.ROC_AUC,
                                0.6,
                                Metric.RECALL,
                                0.5,
                                Metric.LOG_LOSS,
                                0.5,
                                Metric.CALIBRATION_ERROR,
                                0.1),
                        Map.of(Metric.ROC_AUC, 0.55, Metric.BRIER, 0.3),
                        2,
                        OptionalDouble.of(20),
                        OptionalDouble.of(3),
                        0.95,
                        Duration.ofMillis(1),
                        1_000_000));
        assertThat(parse("model: { threshold: { recall: 0.8 } }").model().task())
                .isEqualTo(new Pipeline.Task.Binary(new Decision.LeastRecall(0.8)));
    }

    @Test
    void shouldSayWhatToDeclareInstead() {
        assertThat(problem("model: { optimize: f1 }")).contains("average-precision");
        assertThat(problem("model: { costs: { missed: 2 }, threshold: { recall: 0.5 } }"))
                .contains("'costs'");
        assertThat(problem("model: { threshold: { recall: 0.5, precision: 0.5 } }"))
                .contains("either");
        assertThat(problem("model: { threshold: {} }")).contains("either");
        assertThat(problem("model: { threshold: { precision: 0 } }")).contains("must be a number");
        assertThat(problem("training: { rolling: 21 }")).contains("from 0 to 20");
        assertThat(problem("gate: { minimum: { log-loss: 0.1 } }")).contains("'maximum'");
        assertThat(problem("gate: { maximum: { roc-auc: 0.1 } }")).contains("'minimum'");
        assertThat(problem("gate: { slices: { minimum: { roc-auc: 2 } } }")).contains("from 0.0 to 1.0");
        assertThat(problem("gate: { alarms: { positives: 0.5 } }")).contains("'0.5'");
        assertThat(problem("evaluation: { slices: { large: feature.a } }")).contains("> 1.0");
        assertThat(problem("evaluation: { slices: { large: feature.b > 1.0 } }"))
                .contains("feature.b");
        assertThat(problem("evaluation: { slices: { large: event.a > 1.0 } }")).contains("event.a");
        assertThat(problem("evaluation: { slices: { '1 x': feature.kind } }")).contains("must start with a letter");
        assertThat(problem("evaluation: { slice: {} }")).contains("the keys here are slices");
    }

    @Test
    void shouldReadOtherTasks() throws InvalidPipelineException {
        Pipeline classes = labelled("label.kind", "model: { task: multiclass, classes: [ham, spam, other] }");
        Pipeline number = labelled("label.a", "model: { task: regression }");

        assertThat(classes.model().task()).isEqualTo(new Pipeline.Task.Multiclass(List.of("ham", "spam", "other")));
        assertThat(classes.model().candidates()).doesNotContain(Pipeline.Family.LINEAR_REGRESSION);
        assertThat(number.model().task()).isEqualTo(new Pipeline.Task.Regression());
        assertThat(number.model().candidates())
                .contains(Pipeline.Family.LINEAR_REGRESSION)
                .doesNotContain(Pipeline.Family.LOGISTIC_REGRESSION);
        assertThat(number.model().optimize()).isEqualTo(Metric.RMSE);
        assertThat(labelled("label.a", "model: { task: regression }\ngate: { minimum: { r2: -0.5 } }")
                        .gate()
                        .bounds())
                .isEqualTo(Map.of(Metric.R2, -0.5));
        assertThat(FeatureRowSchema.of(classes).featureSet())
                .as("positions of classes are part of it")
                .isNotEqualTo(FeatureRowSchema.of(
                                labelled("label.kind", "model: { task: multiclass, classes: [spam, ham, other] }"))
                        .featureSet());
    }

    @Test
    void shouldSayWhatDoesNotGoWithATask() {
        String regression = "model: { task: regression%s }";
        assertThat(problem("label.a", regression.formatted(", optimize: roc-auc")))
                .contains("rmse, mae, mape, r2");
        assertThat(problem("label.a", regression.formatted(", costs: { missed: 2 }")))
                .contains("binary task only");
        assertThat(problem("label.a", regression.formatted(", candidates: [logistic-regression]")))
                .contains("choose linear-regression, decision-tree");
        assertThat(problem("label.a", regression.formatted(", classes: [a, b]")))
                .contains("multiclass task only");
        assertThat(problem("label.a", regression.formatted("") + "\ngate: { minimum: { roc-auc: 0.6 } }"))
                .contains("'roc-auc' is no metric of a regression");
        assertThat(problem("label.a", regression.formatted("") + "\ngate: { alarms: { positives: 3 } }"))
                .contains("binary task only");
        assertThat(problem("label.bad", regression.formatted(""))).contains("must be a number");
        assertThat(problem("label.a", "model: { task: multiclass, classes: [a, b] }"))
                .contains("must be a text");
        assertThat(problem("label.kind", "model: { task: multiclass, classes: [a, a] }"))
                .contains("1 of them different");
        assertThat(problem("label.kind", "model: { task: multiclass }")).contains("is missing");
        assertThat(problem("label.bad", "model: { task: ranking }")).contains("binary, multiclass, regression");
    }

    private static String problem(String value, String sections) {
        List<Problem> problems = catchThrowableOfType(InvalidPipelineException.class, () -> labelled(value, sections))
                .problems();
        assertThat(problems).as(sections).hasSize(1);
        return problems.getFirst().message();
    }

    private static String problem(String sections) {
        List<Problem> problems = catchThrowableOfType(InvalidPipelineException.class, () -> parse(sections))
                .problems();
        assertThat(problems).as(sections).hasSize(1);
        return problems.getFirst().message();
    }

    private static Pipeline parse(String sections) throws InvalidPipelineException {
        return labelled("label.bad", sections);
    }

    private static Pipeline labelled(String value, String sections) throws InvalidPipelineException {
        String yaml = """
                pipeline: shops
                event: { schema: event, id: id, key: shop, time: at }
                label: { schema: label, event: id, value: %s, time: at, wait: 1d }
                features: { a: { value: event.a }, kind: { value: event.kind } }
                %s
                """.formatted(value, sections);
        return PipelineFile.parse("shops.yaml", yaml, name -> Optional.of(SCHEMA.formatted(name)));
    }
}
