package io.freshet.trainer.tracking;

import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.Evaluation;
import io.freshet.schemas.message.Fold;
import io.freshet.schemas.message.GateRule;
import io.freshet.schemas.message.MetricDifference;
import io.freshet.schemas.message.MetricEstimate;
import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.SliceEvaluation;
import io.freshet.schemas.message.TrainingInputs;
import io.freshet.schemas.message.TrainingRun;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A training as MLflow has it. Names keep to what MLflow allows everywhere; two that would become one are told apart. A
 * number that is not known, NaN on the log, is left out.
 *
 * @param params what the training was given, by name
 * @param metrics what it measured
 * @param tags what it is
 * @param at when it ended, milliseconds since 1970
 */
record RunAccount(Map<String, String> params, List<Measured> metrics, Map<String, String> tags, long at) {
    /** The tag by which a run is found again. */
    static final String RUN_ID = "freshet.run_id";

    private static final int LONGEST_NAME = 250;
    private static final int LONGEST_VALUE = 6_000;
    private static final int LONGEST_TAG = 5_000;

    /**
     * A number.
     *
     * @param step of a series, from 1; 0 outside of one
     */
    record Measured(String name, double value, long step) {}

    RunAccount {
        params = Collections.unmodifiableMap(new LinkedHashMap<>(params));
        metrics = List.copyOf(metrics);
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
    }

    static RunAccount of(TrainingRun run) {
        Writer writer = new Writer();
        writer.given(run);
        writer.measured(run);
        return new RunAccount(
                writer.params, writer.metrics, tags(run), run.getFinishedAt().toEpochMilli());
    }

    /** What came of a run in a few words, which name it. */
    static String title(TrainingRun run) {
        RunOutcome outcome = outcome(run);
        return switch (outcome) {
            case PROMOTED ->
                "version " + run.getNewVersion()
                        + run.getCandidates().stream()
                                .findFirst()
                                .map(best -> ": " + best.getFamily())
                                .orElse("");
            case REFUSED, FAILED, DECLINED -> outcome.name().toLowerCase(Locale.ROOT) + ": " + run.getRequestId();
        };
    }

    /** What came of a run; records of earlier builds do not say, and those trained every request. */
    static RunOutcome outcome(TrainingRun run) {
        RunOutcome outcome = run.getOutcome();
        if (outcome != null) {
            return outcome;
        }
        return run.getPromoted() ? RunOutcome.PROMOTED : RunOutcome.REFUSED;
    }

    private static Map<String, String> tags(TrainingRun run) {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("freshet.request_id", run.getRequestId());
        tags.put("freshet.reason", run.getReason().name());
        tags.put("freshet.outcome", outcome(run).name());
        if (run.getNewVersion() > 0) {
            tags.put("freshet.version", Integer.toString(run.getNewVersion()));
        }
        if (!run.getDetail().isEmpty()) {
            tags.put("mlflow.note.content", run.getDetail());
        }
        TrainingInputs inputs = run.getInputs();
        if (inputs != null) {
            tags.put("mlflow.user", inputs.getRequest().getWriter());
            tags.put("freshet.evidence", inputs.getRequest().getEvidence());
        }
        tags.replaceAll((name, value) -> cut(value, LONGEST_TAG));
        return tags;
    }

    private static String cut(String value, int longest) {
        return value.length() <= longest ? value : value.substring(0, longest - 3) + "...";
    }

    /** Collects under names that MLflow takes. */
    private static final class Writer {
        private final Map<String, String> params = new LinkedHashMap<>();
        private final List<Measured> metrics = new ArrayList<>();
        private final Map<String, String> originals = new HashMap<>();

        void given(TrainingRun run) {
            param("seed", run.getSeed());
            param("rows", run.getRows());
            param("train_rows", run.getTrainRows());
            param("holdout_rows", run.getHoldoutRows());
            param("other_feature_set_rows", run.getOtherFeatureSetRows());
            param("champion_version", run.getChampionVersion());
            param("dataset", run.getDataset().stream().map(Writer::range).collect(Collectors.joining(", ")));
            TrainingInputs inputs = run.getInputs();
            if (inputs != null) {
                param("content_hash", inputs.getContentHash());
                param("declaration_version", inputs.getDeclarationVersion());
                param("feature_set", inputs.getFeatureSet());
                param("records", inputs.getRecords());
                param("unreadable", inputs.getUnreadable());
                param("pinned_at", inputs.getPinnedAt());
                param("schema_ids", inputs.getSchemaIds());
            }
            if (!run.getCandidates().isEmpty()) {
                param("best", run.getCandidates().getFirst().getFamily());
            }
            for (CandidateResult candidate : run.getCandidates()) {
                String prefix = "candidate." + candidate.getFamily() + ".";
                param(prefix + "window", candidate.getWindow());
                new TreeMap<>(candidate.getHyperparameters()).forEach((name, value) -> param(prefix + name, value));
                if (candidate.getError() != null) {
                    param(prefix + "error", candidate.getError());
                }
            }
        }

        private static String range(OffsetRange range) {
            return range.getTopic() + "[" + range.getPartition() + "] " + range.getFromOffset() + ".."
                    + range.getToOffset();
        }

        void measured(TrainingRun run) {
            for (CandidateResult candidate : run.getCandidates()) {
                String prefix = "candidate." + candidate.getFamily() + ".";
                estimates(prefix, candidate.getEstimates());
                metric(prefix + "fit_millis", candidate.getFitMillis());
                series(prefix + "tuning_loss", candidate.getLearningCurve());
            }
            metric("trials", run.getTrials().size());
            evaluation("", run.getChallenger());
            evaluation("champion.", run.getChampion());
            for (MetricDifference each : run.getComparison()) {
                String name = "difference." + each.getMetric();
                interval(name, each.getValue(), each.getLow(), each.getHigh());
                metric(name + ".probability_better", each.getProbabilityBetter());
            }
            for (SliceEvaluation slice : run.getSlices()) {
                evaluation("slice." + slice.getSlice() + ".", slice.getChallenger());
                evaluation("slice." + slice.getSlice() + ".champion.", slice.getChampion());
            }
            for (GateRule rule : run.getGate()) {
                metric("gate." + rule.getRule() + ".value", rule.getValue());
                metric("gate." + rule.getRule() + ".threshold", rule.getThreshold());
                metric("gate." + rule.getRule() + ".passed", rule.getPassed() ? 1 : 0);
            }
            if (run.getCalibration() != null) {
                metric("calibration.log_loss_before", run.getCalibration().getLogLossBefore());
                metric("calibration.log_loss_after", run.getCalibration().getLogLossAfter());
                metric("calibration.kept", run.getCalibration().getKept() ? 1 : 0);
            }
            for (int i = 0; i < run.getFolds().size(); i++) {
                Fold fold = run.getFolds().get(i);
                int step = i + 1;
                new TreeMap<>(fold.getMetrics()).forEach((name, value) -> metric("fold." + name, value, step));
            }
            new TreeMap<>(run.getFoldMeans()).forEach((name, value) -> metric("fold_mean." + name, value));
            new TreeMap<>(run.getImportance()).forEach((name, value) -> metric("importance." + name, value));
        }

        private void evaluation(String prefix, @Nullable Evaluation evaluation) {
            if (evaluation != null) {
                estimates(prefix, evaluation.getEstimates());
                metric(prefix + "decision_threshold", evaluation.getThreshold());
            }
        }

        private void estimates(String prefix, List<MetricEstimate> estimates) {
            for (MetricEstimate each : estimates) {
                interval(prefix + each.getMetric(), each.getValue(), each.getLow(), each.getHigh());
            }
        }

        private void interval(String name, double value, double low, double high) {
            metric(name, value);
            metric(name + ".low", low);
            metric(name + ".high", high);
        }

        private void series(String name, List<Double> values) {
            for (int i = 0; i < values.size(); i++) {
                metric(name, values.get(i), i + 1L);
            }
        }

        private void metric(String name, double value) {
            metric(name, value, 0);
        }

        private void metric(String name, double value, long step) {
            if (Double.isFinite(value)) {
                metrics.add(new Measured(taken("metric ", name), value, step));
            }
        }

        private void param(String name, Object value) {
            String text = value.toString();
            if (!text.isEmpty()) {
                params.put(taken("param ", name), cut(text, LONGEST_VALUE));
            }
        }

        /** The name with an underscore for all but letters, digits, dots, dashes and spaces, and a number where that is taken. */
        private String taken(String kind, String name) {
            String plain = cut(name, LONGEST_NAME).replaceAll("[^A-Za-z0-9_.\\- ]", "_");
            String free = plain;
            for (int i = 2; !originals.computeIfAbsent(kind + free, _ -> name).equals(name); i++) {
                free = plain.substring(0, Math.min(plain.length(), LONGEST_NAME - 10)) + "_" + i;
            }
            return free;
        }
    }
}
