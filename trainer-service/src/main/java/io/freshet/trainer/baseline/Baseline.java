package io.freshet.trainer.baseline;

import io.freshet.profiles.DriftThresholds;
import io.freshet.profiles.Profile;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import io.freshet.schemas.row.Example;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a model was made from, for live windows to be compared with.
 *
 * @param profile of every declared feature and of {@value #LABEL} and {@value #SCORE}, over the rows the model was
 *     fitted and evaluated on; a feature that is itself called so stands for itself
 * @param thresholds by feature, the population stability index above which it counts as drifted; what is not in here is
 *     not monitored
 */
public record Baseline(Profile profile, Map<String, Double> thresholds) {
    /** Name of the label among the profile's features; never monitored, since a live window's labels arrive late. */
    public static final String LABEL = "label";

    /** Name of the model's score among the profile's features. */
    public static final String SCORE = "score";

    /** Smaller indices do not matter, however certain they are; 0.25 is the customary bound of a major shift. */
    static final double FLOOR = 0.25;

    private static final Duration DAY = Duration.ofDays(1);

    /** Leaving one chunk out merges all others, so that the work grows with the square of the chunks. */
    private static final int MOST_CHUNKS = 40;

    private static final double MOST_FALSE_ALARMS = 0.5;

    public Baseline {
        thresholds = Map.copyOf(thresholds);
    }

    /**
     * Profiles rows and calibrates {@link DriftThresholds} on their complete chunks of time: UTC days, or the length of
     * the drift window where that is shorter; the newest {@value #MOST_CHUNKS} of them. The first day is left out of the
     * calibration, since windows fill up during it, and so is the last chunk, which may not have ended. The false alarms
     * allowed per window are its length over the declared time between two.
     *
     * <p>A windowed feature gets no threshold unless the rows span twice its length: its window was filling up for most
     * of the baseline, so that it differs from later ones without any drift. There are no thresholds at all without a
     * complete chunk.
     *
     * @param rows in event-time order
     * @param scores the model's score of each row
     */
    public static Baseline of(Pipeline pipeline, List<Example> rows, double[] scores) {
        Profile empty = empty(pipeline.features());
        if (rows.isEmpty()) {
            return new Baseline(empty, Map.of());
        }
        long length = Math.min(DAY.toMillis(), pipeline.drift().window().toMillis());
        TreeMap<Long, Profile> chunks = profile(pipeline.features(), empty, rows, scores, length);
        Profile whole = empty.copy();
        chunks.values().forEach(whole::merge);
        return new Baseline(whole, thresholds(pipeline, whole, calm(chunks, length), span(rows)));
    }

    private static Profile empty(List<Feature> features) {
        Profile.Builder builder = Profile.builder();
        for (Feature feature : features) {
            if (feature.categorical()) {
                builder.categorical(feature.name());
            } else {
                builder.numeric(feature.name());
            }
        }
        for (String pseudo : List.of(LABEL, SCORE)) {
            if (features.stream().noneMatch(feature -> feature.name().equals(pseudo))) {
                builder.numeric(pseudo);
            }
        }
        return builder.build();
    }

    /** One profile per chunk of time, by the chunk's number since the epoch. */
    private static TreeMap<Long, Profile> profile(
            List<Feature> features, Profile empty, List<Example> rows, double[] scores, long length) {
        TreeMap<Long, Profile> chunks = new TreeMap<>();
        List<String> names = List.copyOf(empty.features());
        int label = names.indexOf(LABEL) < features.size() ? -1 : names.indexOf(LABEL);
        int score = names.indexOf(SCORE) < features.size() ? -1 : names.indexOf(SCORE);
        @Nullable Object[] values = new Object[names.size()];
        for (int i = 0; i < rows.size(); i++) {
            Example example = rows.get(i);
            for (int f = 0; f < features.size(); f++) {
                values[f] = example.row().values().get(f);
            }
            if (label >= 0) {
                values[label] = example.label();
            }
            if (score >= 0) {
                values[score] = scores[i];
            }
            long chunk = Math.floorDiv(example.row().eventTime().toEpochMilli(), length);
            chunks.computeIfAbsent(chunk, number -> empty.copy()).add(values);
        }
        return chunks;
    }

    /** The chunks to calibrate on. */
    private static List<Profile> calm(TreeMap<Long, Profile> chunks, long length) {
        long firstDay = Math.floorDiv(chunks.firstKey() * length, DAY.toMillis());
        long from = Math.ceilDiv((firstDay + 1) * DAY.toMillis(), length);
        if (from >= chunks.lastKey()) {
            return List.of();
        }
        List<Profile> calm = new ArrayList<>(
                chunks.subMap(from, true, chunks.lastKey(), false).values());
        return calm.subList(Math.max(0, calm.size() - MOST_CHUNKS), calm.size());
    }

    private static Duration span(List<Example> rows) {
        return Duration.between(
                rows.getFirst().row().eventTime(), rows.getLast().row().eventTime());
    }

    private static Map<String, Double> thresholds(
            Pipeline pipeline, Profile whole, List<Profile> chunks, Duration span) {
        if (chunks.isEmpty()) {
            return Map.of();
        }
        double falseAlarms = (double) pipeline.drift().window().toMillis()
                / pipeline.drift().timeBetweenFalseAlarms().toMillis();
        Map<String, Double> all = DriftThresholds.calibrate(chunks, Math.min(MOST_FALSE_ALARMS, falseAlarms), FLOOR)
                .forWindow(whole, chunks.getLast());
        Map<String, Double> monitored = new LinkedHashMap<>(all);
        for (Feature feature : pipeline.features()) {
            if (feature instanceof WindowFeature window
                    && window.window().over().multipliedBy(2).compareTo(span) > 0) {
                monitored.remove(feature.name());
            }
        }
        if (pipeline.features().stream().noneMatch(feature -> feature.name().equals(LABEL))) {
            monitored.remove(LABEL);
        }
        return monitored;
    }
}
