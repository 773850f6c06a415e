package io.freshet.drift;

import io.freshet.profiles.DriftThresholds;
import io.freshet.profiles.Profile;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.FeatureRowSchema;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/** A synthetic pipeline: panes of an hour, rows of the features a, b and kind half a minute apart. */
final class Shops {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    static final Duration APART = Duration.ofSeconds(30);
    static final int ROWS_IN_PANE = (int) Duration.ofHours(1).dividedBy(APART);

    private static final String FEATURES = "a: { value: event.a }, b: { value: event.b }, kind: { value: event.kind }";
    private static final String EVENT = """
            {"type": "record", "name": "Event", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "a", "type": "double"}, {"name": "b", "type": "double"}, {"name": "kind", "type": "string"}]}
            """;
    private static final String LABEL = """
            {"type": "record", "name": "Truth", "fields": [
              {"name": "event", "type": "string"}, {"name": "at", "type": "long"}, {"name": "bad", "type": "boolean"}]}
            """;

    private Shops() {}

    static Pipeline pipeline() {
        return pipeline(1);
    }

    static Pipeline pipeline(int partitions) {
        return pipeline(FEATURES, "7h", partitions);
    }

    static Pipeline pipeline(String features, String window) {
        return pipeline(features, window, 1);
    }

    static Pipeline pipeline(String features, String window, int partitions) {
        return pipeline(features, window, partitions, "");
    }

    /** With a schedule. */
    static Pipeline scheduled(String schedule) {
        return pipeline(FEATURES, "7h", 1, ", schedule: \"" + schedule + "\"");
    }

    private static Pipeline pipeline(String features, String window, int partitions, String moreOfRetrain) {
        String yaml = """
                pipeline: shops
                event: { schema: event, id: id, key: shop, time: at, lateness: 10m }
                label: { schema: label, event: event, value: label.bad, time: at, wait: 1d }
                features: { %s }
                model: { task: binary, candidates: [logistic-regression], optimize: roc-auc }
                training: { firstAfter: 500, last: 100000, holdout: 0.2 }
                drift: { window: %s, timeBetweenFalseAlarms: 30d }
                retrain: { cooldown: 3h, minNewLabels: 100%s }
                partitions: %d
                """.formatted(features, window, moreOfRetrain, partitions);
        try {
            return PipelineFile.parse("shops.yaml", yaml, name -> Optional.of(name.equals("event") ? EVENT : LABEL));
        } catch (InvalidPipelineException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** The feature set of {@link #pipeline()}. */
    static String featureSet() {
        return FeatureRowSchema.of(pipeline()).featureSet();
    }

    static long time(int row) {
        return START.plus(APART.multipliedBy(row)).toEpochMilli();
    }

    /** Values of a, b and kind; a is shifted by this many standard deviations. */
    static List<Object> values(Random random, double shift) {
        return Arrays.asList(
                random.nextInt(10) == 0 ? null : (Object) (random.nextGaussian() + shift),
                random.nextGaussian() * 3,
                random.nextInt(3) == 0 ? "x" : "y");
    }

    static Profile emptyProfile() {
        return Profile.builder().numeric("a").numeric("b").categorical("kind").build();
    }

    static Map<String, Object> named(List<Object> values) {
        Map<String, Object> named = new HashMap<>();
        named.put("a", values.get(0));
        named.put("b", values.get(1));
        named.put("kind", values.get(2));
        return named;
    }

    /** A model trained on ten chunks of rows with this shift. */
    static Reference reference(int version, double shift, long seed) {
        Random random = new Random(seed);
        List<Profile> chunks = new ArrayList<>();
        Profile whole = emptyProfile();
        for (int chunk = 0; chunk < 10; chunk++) {
            Profile profile = emptyProfile();
            for (int row = 0; row < 7 * ROWS_IN_PANE; row++) {
                profile.add(named(values(random, shift)));
            }
            chunks.add(profile);
            whole.merge(profile);
        }
        return new Reference(
                version,
                featureSet(),
                whole,
                DriftThresholds.calibrate(chunks, 0.01, 0.25).forWindow(whole, chunks.getFirst()));
    }

    /** Runs a property over fixed seeds and names the seed that fails. */
    static void eachSeed(int howMany, Consumer<Random> property) {
        for (long seed = 1; seed <= howMany; seed++) {
            try {
                property.accept(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
