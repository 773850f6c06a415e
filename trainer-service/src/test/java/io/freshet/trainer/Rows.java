package io.freshet.trainer;

import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Synthetic pipelines and rows. */
public final class Rows {
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private static final String EVENT = """
            {"type": "record", "name": "Event", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "a", "type": "double"}, {"name": "b", "type": "double"}, {"name": "kind", "type": "string"}]}
            """;
    private static final String LABEL = """
            {"type": "record", "name": "Truth", "fields": [
              {"name": "event", "type": "string"}, {"name": "at", "type": "long"}, {"name": "bad", "type": "boolean"},
              {"name": "kind", "type": "string"}, {"name": "amount", "type": "double"}]}
            """;

    private static final String FEATURE_SET = FeatureRowSchema.of(pipeline("")).featureSet();

    private Rows() {}

    /** A pipeline of the features a, b and kind with these further sections. */
    public static Pipeline pipeline(String sections) {
        return pipeline("a: { value: event.a }, b: { value: event.b }, kind: { value: event.kind }", sections);
    }

    /** A pipeline of these features, in YAML's flow style, with these further sections. */
    public static Pipeline pipeline(String features, String sections) {
        return pipeline(features, "label.bad", sections);
    }

    /** As well with this label. */
    public static Pipeline pipeline(String features, String label, String sections) {
        String yaml = """
                pipeline: shops
                event: { schema: event, id: id, key: shop, time: at }
                label: { schema: label, event: event, value: %s, time: at, wait: 1d }
                features: { %s }
                %s
                """.formatted(label, features, sections);
        try {
            return PipelineFile.parse("shops.yaml", yaml, name -> Optional.of(name.equals("event") ? EVENT : LABEL));
        } catch (InvalidPipelineException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Examples as if they were of this pipeline's feature set. */
    public static List<Example> of(Pipeline pipeline, List<Example> examples) {
        String featureSet = FeatureRowSchema.of(pipeline).featureSet();
        return examples.stream()
                .map(example -> of(featureSet, example.row().values(), example, List.of()))
                .toList();
    }

    /** An example with other features. */
    public static Example of(
            String featureSet, List<@Nullable Object> values, Example example, List<FeatureRow.Part> others) {
        FeatureRow row = example.row();
        return new Example(
                new FeatureRow(
                        row.eventId(),
                        row.entityKey(),
                        row.eventTime(),
                        featureSet,
                        row.prior(),
                        row.computedAt(),
                        values,
                        others),
                example.label(),
                example.labelTime());
    }

    /** An example labelled an hour after its event. */
    public static Example example(Instant at, boolean positive, Object... values) {
        return example(at, positive ? 1 : 0, at.plus(Duration.ofHours(1)), values);
    }

    public static Example example(Instant at, double label, Instant labelTime, Object... values) {
        FeatureRow row = new FeatureRow("e", "k", at, FEATURE_SET, 0.3, at, Arrays.asList(values));
        return new Example(row, label, labelTime);
    }

    /**
     * Rows of a, b and kind, ten minutes apart, a tenth of a and b missing: b pulls one way or the other depending on
     * the sign of a, so that the two interact; kind x is riskier than y.
     */
    public static List<Example> interacting(int rows, long seed) {
        Random random = new Random(seed);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            double a = random.nextGaussian();
            double b = random.nextGaussian();
            String kind = random.nextBoolean() ? "x" : "y";
            double margin = 3 * Math.signum(a) * b + (kind.equals("x") ? 0.7 : -0.7);
            boolean positive = random.nextDouble() < 1 / (1 + Math.exp(-margin));
            examples.add(example(
                    START.plus(Duration.ofMinutes(10L * i)),
                    positive,
                    random.nextInt(10) == 0 ? null : (Object) a,
                    random.nextInt(10) == 0 ? null : (Object) b,
                    kind));
        }
        return examples;
    }

    /** Rows of a, b and kind, ten minutes apart: a pulls, b says nothing, kind x is riskier than y. */
    public static List<Example> linear(int rows, long seed) {
        Random random = new Random(seed);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            double a = random.nextGaussian();
            String kind = random.nextBoolean() ? "x" : "y";
            double margin = 1.5 * a + (kind.equals("x") ? 0.7 : -0.7);
            boolean positive = random.nextDouble() < 1 / (1 + Math.exp(-margin));
            examples.add(example(
                    START.plus(Duration.ofMinutes(10L * i)), positive, (Object) a, random.nextGaussian(), kind));
        }
        return examples;
    }
}
