package io.freshet.quickstart.demo;

import io.freshet.model.Feature;
import io.freshet.model.Model;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.DriftAlert;
import io.freshet.schemas.message.ModelRole;
import io.freshet.schemas.message.Prediction;
import io.freshet.schemas.message.PredictionError;
import io.freshet.schemas.message.RecordKind;
import io.freshet.schemas.message.RejectedRecord;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the topics of one pipeline say, taken in record by record. Predictions have to come before feature
 * rows, and the first champion between them, since rows are scored with it as they come. Pure, not thread-safe.
 */
final class Evidence {
    private static final String DUPLICATE = "DUPLICATE";

    /**
     * What is known of one version that answered.
     *
     * @param eventTime event time of its first prediction
     */
    record FirstPrediction(@Nullable String family, Instant eventTime, Instant scoredAt, int partition, long offset) {}

    final EventLedger events = new EventLedger();
    final TreeMap<Integer, FirstPrediction> firstPredictions = new TreeMap<>();
    final TreeMap<Integer, Long> predictionsByVersion = new TreeMap<>();
    final TreeMap<String, Long> degraded = new TreeMap<>();
    final TreeMap<String, Long> errors = new TreeMap<>();
    final TreeMap<String, Long> eventRejections = new TreeMap<>();
    final TreeMap<String, Long> labelRejections = new TreeMap<>();
    final Map<String, List<DriftAlert>> alerts = new LinkedHashMap<>();
    final Map<String, RetrainRequest> requests = new LinkedHashMap<>();
    final List<TrainingRun> runs = new ArrayList<>();
    final List<Deployment> deployments = new ArrayList<>();
    final TreeMap<String, Long> unreadable = new TreeMap<>();
    long rows;
    long predictions;
    long examples;
    /** Degraded predictions that stand behind a model's answer on their partition. */
    long relapses;
    /** Rows that the first champion could not score. */
    long unscorable;
    /** Ids of the labels that were refused for another reason than being duplicates. */
    final Set<String> refusedLabels = new HashSet<>();
    /** Labels that came before their event, or after it was given up, and are not refused yet. */
    long waitingLabels;

    private final Set<Integer> modelled = new HashSet<>();
    private final List<String> declared;
    private @Nullable Model first;
    private int[] positions = new int[0];

    /**
     * @param declared names of the declared features, in the order of a row's values
     */
    Evidence(List<String> declared) {
        this.declared = List.copyOf(declared);
    }

    void take(DriftAlert alert) {
        alerts.computeIfAbsent(alert.getAlertId(), id -> new ArrayList<>()).add(alert);
    }

    void take(RetrainRequest request) {
        requests.put(request.getRequestId(), request);
    }

    void take(TrainingRun run) {
        runs.add(run);
    }

    void take(Deployment deployment) {
        deployments.add(deployment);
    }

    /** A prediction, whoever made it, and where it stands on its topic, in the order of offsets. */
    void take(Prediction prediction, int partition, long offset) {
        double score = prediction.getScore();
        if (!(score >= 0 && score <= 1)) {
            unreadable("predictions");
            return;
        }
        predictions++;
        int version = prediction.getModelVersion();
        predictionsByVersion.merge(version, 1L, Long::sum);
        if (prediction.getDegraded()) {
            String reason = prediction.getDegradedReason();
            degraded.merge(reason == null ? "UNKNOWN" : reason, 1L, Long::sum);
            relapses += modelled.contains(partition) ? 1 : 0;
        } else {
            modelled.add(partition);
            if (prediction.getRole() == ModelRole.CHAMPION) {
                firstPredictions.merge(
                        version,
                        new FirstPrediction(
                                prediction.getModelFamily(),
                                prediction.getEventTime(),
                                prediction.getScoredAt(),
                                partition,
                                offset),
                        Evidence::earlier);
            }
        }
        events.prediction(prediction.getEventId(), prediction.getEventTime().toEpochMilli(), version, score);
    }

    private static FirstPrediction earlier(FirstPrediction a, FirstPrediction b) {
        return Comparator.comparing(FirstPrediction::scoredAt)
                                .thenComparing(FirstPrediction::eventTime)
                                .thenComparingInt(FirstPrediction::partition)
                                .thenComparingLong(FirstPrediction::offset)
                                .compare(a, b)
                        <= 0
                ? a
                : b;
    }

    /** The version that was the first to answer; versions rise, so it is the lowest. */
    Optional<Integer> firstChampion() {
        return firstPredictions.isEmpty() ? Optional.empty() : Optional.of(firstPredictions.firstKey());
    }

    /** The first champion itself; without it nothing is compared with it. */
    void firstChampion(Model model) {
        first = model;
        positions = model.bundle().features().stream()
                .map(Feature::name)
                .mapToInt(declared::indexOf)
                .toArray();
    }

    boolean hasFirstChampion() {
        return first != null;
    }

    void take(FeatureRow row) {
        rows++;
        events.row(row.eventId(), row.eventTime().toEpochMilli());
        if (first != null) {
            rescore(first, row);
        }
    }

    private void rescore(Model model, FeatureRow row) {
        @Nullable Object[] raw = new Object[positions.length];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = positions[i] < 0 ? null : row.values().get(positions[i]);
        }
        double score;
        try {
            score = model.score(raw);
        } catch (IllegalArgumentException | ArithmeticException e) {
            score = Double.NaN;
        }
        if (score >= 0 && score <= 1) {
            events.kept(row.eventId(), score);
        } else {
            unscorable++;
        }
    }

    void take(PredictionError error) {
        errors.merge(error.getReason(), 1L, Long::sum);
        String eventId = error.getEventId();
        if (eventId != null) {
            events.error(eventId);
        }
    }

    void take(RejectedRecord rejected) {
        (rejected.getKind() == RecordKind.EVENT ? eventRejections : labelRejections)
                .merge(rejected.getReason(), 1L, Long::sum);
        String id = rejected.getRecordId();
        // A label that is refused as a duplicate says nothing of the one before it.
        if (rejected.getKind() == RecordKind.LABEL
                && id != null
                && !rejected.getReason().equals(DUPLICATE)) {
            refusedLabels.add(id);
        }
    }

    void take(Example example) {
        examples++;
        events.label(example.row().eventId(), example.label() >= 0.5);
    }

    /** A record of that topic could not be read. */
    void unreadable(String topic) {
        unreadable.merge(topic, 1L, Long::sum);
    }

    /** Labels joined, or refused for another reason than being duplicates. */
    long answeredLabels() {
        return examples + sum(labelRejections) - labelRejections.getOrDefault(DUPLICATE, 0L);
    }

    /** Events refused for another reason than being duplicates. */
    long rejectedEvents() {
        return sum(eventRejections) - duplicateEvents();
    }

    long duplicateEvents() {
        return eventRejections.getOrDefault(DUPLICATE, 0L);
    }

    /** Training runs beyond the first for one request. */
    long repeatedRuns() {
        return runs.size()
                - runs.stream().map(TrainingRun::getRequestId).distinct().count();
    }

    static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
