package io.freshet.schemas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.freshet.schemas.pipeline.InvalidPipelineException.Problem;
import io.freshet.schemas.pipeline.PreparationSpec.Category;
import io.freshet.schemas.pipeline.PreparationSpec.Encode;
import io.freshet.schemas.pipeline.PreparationSpec.OfNumber;
import io.freshet.schemas.pipeline.PreparationSpec.OfText;
import io.freshet.schemas.pipeline.PreparationSpec.Quantile;
import io.freshet.schemas.pipeline.PreparationSpec.Rare;
import io.freshet.schemas.pipeline.PreparationSpec.Scale;
import io.freshet.schemas.pipeline.PreparationSpec.Statistic;
import io.freshet.schemas.pipeline.PreparationSpec.Value;
import io.freshet.schemas.row.FeatureRowSchema;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreparationKeysTest {
    private static final String EVENT = """
            {"type": "record", "name": "Payment", "fields": [
              {"name": "id", "type": "string"}, {"name": "card", "type": "string"},
              {"name": "at", "type": "long"}, {"name": "amount", "type": "double"}]}""";
    private static final String LABEL = """
            {"type": "record", "name": "Verdict", "fields": [
              {"name": "id", "type": "string"}, {"name": "fraud", "type": "boolean"}, {"name": "at", "type": "long"}]}""";

    @Test
    void shouldReadHowNumbersArePrepared() throws Exception {
        Map<String, PreparationSpec> preparation =
                parse("""
                  a: { value: event.amount, impute: median, scale: standard }
                  b: { value: event.amount, impute: -1.5, indicator: true, clip: [-2, 99.5%], log: true, scale: min-max }
                  c: { sum: event.amount, by: card, over: 1h, clip: [none, 100], impute: keep, scale: robust }
                  d: { value: event.amount }
                """, "candidates: [gradient-boosting]").preparation();

        assertThat(preparation).containsOnlyKeys("a", "b", "c");
        assertThat(preparation.get("a"))
                .isEqualTo(new OfNumber(
                        Optional.of(Statistic.MEDIAN),
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        Optional.of(Scale.STANDARD)));
        assertThat(preparation.get("b"))
                .isEqualTo(new OfNumber(
                        Optional.of(new PreparationSpec.Number(-1.5)),
                        true,
                        Optional.of(new Value(-2)),
                        Optional.of(new Quantile(0.995)),
                        true,
                        Optional.of(Scale.MIN_MAX)));
        assertThat(preparation.get("c"))
                .isEqualTo(new OfNumber(
                        Optional.of(Statistic.KEEP),
                        false,
                        Optional.empty(),
                        Optional.of(new Value(100)),
                        false,
                        Optional.of(Scale.ROBUST)));
    }

    @Test
    void shouldReadHowTextIsPrepared() throws Exception {
        Map<String, PreparationSpec> preparation = parse("""
                  a: { value: event.card, encode: target, smoothing: 5, rare: 20 }
                  b: { value: event.card, encode: hashing, buckets: 64, impute: unknown, indicator: true }
                  c: { value: event.card, encode: one-hot, rare: 0.5%, impute: most-frequent }
                  d: { value: string(event.amount), encode: ordinal }
                """, "task: binary").preparation();

        assertThat(preparation.get("a"))
                .isEqualTo(text(
                        Optional.empty(),
                        false,
                        Encode.TARGET,
                        OptionalDouble.of(5),
                        OptionalInt.empty(),
                        new Rare(20, 0)));
        assertThat(preparation.get("b"))
                .isEqualTo(new OfText(
                        Optional.of(new Category("unknown")),
                        true,
                        Optional.of(Encode.HASHING),
                        OptionalDouble.empty(),
                        OptionalInt.of(64),
                        Optional.empty()));
        assertThat(preparation.get("c"))
                .isEqualTo(text(
                        Optional.of(Statistic.MOST_FREQUENT),
                        false,
                        Encode.ONE_HOT,
                        OptionalDouble.empty(),
                        OptionalInt.empty(),
                        new Rare(0, 0.005)));
        assertThat(preparation.get("d")).isInstanceOf(OfText.class);
    }

    private static OfText text(
            Optional<PreparationSpec.Impute> impute,
            boolean indicator,
            Encode encode,
            OptionalDouble smoothing,
            OptionalInt buckets,
            Rare rare) {
        return new OfText(impute, indicator, Optional.of(encode), smoothing, buckets, Optional.of(rare));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            event.card   | scale: standard                     | scale     | is for numbers
            event.card   | clip: [0, 1]                        | clip      | is for numbers
            event.card   | log: true                           | log       | is for numbers
            event.card   | impute: mean                        | impute    | choose most-frequent
            event.card   | smoothing: 3                        | smoothing | needs encode: target
            event.card   | encode: one-hot, smoothing: 3       | smoothing | needs encode: target
            event.card   | encode: target, smoothing: -3       | smoothing | from 0
            event.card   | encode: target, smoothing: NaN      | smoothing | from 0
            event.card   | encode: target, buckets: 8          | buckets   | needs encode: hashing
            event.card   | encode: hashing, buckets: 1         | buckets   | from 2 to 1024
            event.card   | encode: hashing, rare: 5            | rare      | counts no categories
            event.card   | encode: ordinal, rare: 0            | rare      | least number of rows
            event.card   | encode: ordinal, rare: 1.5          | rare      | least number of rows
            event.card   | encode: ordinal, rare: 101%         | rare      | least number of rows
            event.card   | encode: ordinal, rare: few          | rare      | such as 20
            event.card   | encode: one-hot, indicator: true    | indicator | column for missing values already
            event.card   | indicator: true                     | indicator | needs encode
            event.card   | encode: embedding                   | encode    | choose one-hot
            event.card   | encode: target, indicator: yes      | indicator | true or false
            event.amount | encode: target                      | encode    | is for text
            event.amount | rare: 5                             | rare      | is for text
            event.amount | buckets: 5                          | buckets   | is for text
            event.amount | smoothing: 5                        | smoothing | is for text
            event.amount | scale: huge                         | scale     | choose none, standard
            event.amount | impute: average                     | impute    | choose mean
            event.amount | impute: NaN                         | impute    | choose mean
            event.amount | impute: keep                        | impute    | logistic-regression, neural-network cannot take
            event.amount | impute: 5, clip: [0, 4]             | impute    | outside clip
            event.amount | impute: -5, clip: [0, none]         | impute    | outside clip
            event.amount | clip: [1, 1]                        | clip      | below the second
            event.amount | clip: [99%, 1%]                     | clip      | below the second
            event.amount | clip: [0, 101%]                     | clip      | is no bound
            event.amount | clip: [a, 1]                        | clip      | is no bound
            event.amount | clip: [1]                           | clip      | needs two bounds
            event.amount | clip: 5                             | clip      | needs two bounds
            event.amount | clip: [1, 2, 3]                     | clip      | needs two bounds
            event.amount | log: maybe                          | log       | true or false
            """)
    void shouldRefuseWhatMakesNoSense(String value, String keys, String key, String message) {
        List<Problem> problems = problemsOf("  x: { value: " + value + ", " + keys + " }\n");

        assertThat(problems).isNotEmpty().allSatisfy(problem -> {
            assertThat(problem.path()).isEqualTo("features.x." + key);
            assertThat(problem.message()).contains(message);
            assertThat(problem.line()).isEqualTo(5);
        });
    }

    @Test
    void shouldReportEveryMistakeAtOnce() {
        List<Problem> problems = problemsOf("""
                  a: { value: event.amount, encode: target, log: perhaps, clip: [3, 2] }
                  b: { value: event.card, scale: standard, impute: median, bucket: 4 }
                  c: { count: event, over: soon, scale: large }
                """);

        assertThat(problems)
                .extracting(Problem::path)
                .containsExactlyInAnyOrder(
                        "features.a.encode",
                        "features.a.log",
                        "features.a.clip",
                        "features.b.scale",
                        "features.b.impute",
                        "features.b.bucket",
                        "features.c.over",
                        "features.c.scale");
    }

    @Test
    void shouldKeepTheFeatureSetWhateverThePreparation() throws Exception {
        Pipeline plain = parse("  a: { value: event.amount }\n", "task: binary");
        Pipeline prepared = parse("  a: { value: event.amount, log: true }\n", "task: binary");

        assertThat(FeatureRowSchema.of(prepared).featureSet())
                .isEqualTo(FeatureRowSchema.of(plain).featureSet());
    }

    private static List<Problem> problemsOf(String features) {
        return catchThrowableOfType(InvalidPipelineException.class, () -> parse(features, "task: binary"))
                .problems();
    }

    private static Pipeline parse(String features, String model) throws InvalidPipelineException {
        String yaml = """
                pipeline: payments
                event: { schema: e, id: id, key: card, time: at }
                label: { schema: l, event: id, value: label.fraud, time: at, wait: 24h }
                features:
                %smodel: { %s }
                """.formatted(features, model);
        return PipelineFile.parse("p.yaml", yaml, name -> Optional.of(name.equals("e") ? EVENT : LABEL));
    }
}
