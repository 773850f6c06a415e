package io.freshet.quickstart.catalogue;

import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.Window;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What there is to know about the features of one pipeline.
 *
 * @param pipeline the pipeline's name
 * @param version the declaration's version
 * @param declaredAt when it was declared
 * @param featureSet the version of the declared feature set, 12 hexadecimal digits
 * @param rows which rows were looked at
 * @param models the pipeline's registered models, oldest first
 * @param features in declared order
 */
public record FeatureCatalogue(
        String pipeline,
        int version,
        Instant declaredAt,
        String featureSet,
        Rows rows,
        List<RegisteredModel> models,
        List<Entry> features) {

    public FeatureCatalogue {
        models = List.copyOf(models);
        features = List.copyOf(features);
    }

    /**
     * The rows that were looked at: the newest ones that were committed.
     *
     * @param topic where they stand
     * @param read how many
     * @param unreadable how many more records were no rows
     * @param span the earliest and the latest event time; empty without rows
     * @param byFeatureSet how many were computed by which version of the feature set, most first
     */
    public record Rows(String topic, long read, long unreadable, Optional<Span> span, Map<String, Long> byFeatureSet) {
        public Rows {
            byFeatureSet = Collections.unmodifiableMap(new LinkedHashMap<>(byFeatureSet));
        }
    }

    /** From the earliest to the latest event time. */
    public record Span(Instant from, Instant to) {}

    /**
     * A registered model.
     *
     * @param featureSet the version of the feature set that it reads
     * @param champion whether it is the one that serves
     */
    public record RegisteredModel(
            int version, String family, String featureSet, Instant registeredAt, boolean champion) {}

    /**
     * One feature.
     *
     * @param text whether its values are texts rather than numbers
     * @param source what it looks at: the row's own event, or a window over events or labels
     * @param definition what it computes, in words
     * @param by what makes up the entity; empty for all records together, and for features without a window
     * @param window which part of the past it looks at; empty without one
     * @param lineage where its values come from
     * @param values what the rows hold
     */
    public record Entry(
            String name,
            boolean text,
            Source source,
            String definition,
            List<String> by,
            Optional<Window> window,
            Lineage lineage,
            Values values) {
        public Entry {
            by = List.copyOf(by);
        }
    }

    /**
     * Values of one feature.
     *
     * @param rows how many rows hold this feature as it is declared now; rows of an older feature set count where the
     *     feature and everything that it is computed from were defined as they are now
     * @param nulls in how many of them it has no value
     */
    public record Values(long rows, long nulls, Distribution distribution) {
        /** The share of rows without a value, 0 to 1; empty without rows. */
        public OptionalDouble nullRate() {
            return rows == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) nulls / rows);
        }
    }

    /** How the values that exist are distributed. */
    public sealed interface Distribution {}

    /** There are none. */
    public record NoValues() implements Distribution {}

    /**
     * Of numbers; quantiles are off by at most 1.33 % of the ranks, with 99 % confidence.
     *
     * @param sd the sample's standard deviation; empty for a single value
     */
    public record Numbers(double min, double p5, double median, double p95, double max, double mean, OptionalDouble sd)
            implements Distribution {}

    /**
     * Of texts.
     *
     * @param distinct how many different ones of at most 256 characters
     * @param longer how many values are longer texts, which are not told apart
     * @param top the most frequent ones with their counts, most frequent first
     */
    public record Texts(long distinct, long longer, Map<String, Long> top) implements Distribution {
        public Texts {
            top = Collections.unmodifiableMap(new LinkedHashMap<>(top));
        }
    }

    /** The models that read the feature set as it is declared now. */
    public List<RegisteredModel> usedBy() {
        return models.stream()
                .filter(model -> model.featureSet().equals(featureSet))
                .toList();
    }

    /** The same, with one feature alone; empty when there is none of this name. */
    public Optional<FeatureCatalogue> only(String feature) {
        return features.stream()
                .filter(entry -> entry.name().equals(feature))
                .findFirst()
                .map(entry ->
                        new FeatureCatalogue(pipeline, version, declaredAt, featureSet, rows, models, List.of(entry)));
    }
}
