package io.freshet.schemas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.freshet.schemas.pipeline.InvalidPipelineException.Problem;
import io.freshet.schemas.pipeline.Pipeline.Budget;
import io.freshet.schemas.pipeline.Pipeline.RetrainSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RetrainKeysTest {
    private static final String SCHEMA = """
            {"type": "record", "name": "%s", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "a", "type": "double"}, {"name": "bad", "type": "boolean"}]}
            """;

    @Test
    void shouldHaveDefaults() throws Exception {
        RetrainSpec plain =
                new RetrainSpec(Duration.ofDays(1), Duration.ofDays(16), 1_000, Optional.empty(), Optional.empty());
        assertThat(parse("")).isEqualTo(plain);
        assertThat(parse("retrain: {}")).isEqualTo(plain);
    }

    @Test
    void shouldReadEveryKey() throws Exception {
        RetrainSpec retrain = parse("""
                retrain:
                  cooldown: 3h
                  backoff: 20h
                  minNewLabels: 50
                  atMost: 4 per 7d
                  schedule: "0 4 * * MON"
                """);

        assertThat(retrain)
                .isEqualTo(new RetrainSpec(
                        Duration.ofHours(3),
                        Duration.ofHours(20),
                        50,
                        Optional.of(new Budget(4, Duration.ofDays(7))),
                        Optional.of(Schedule.of("0 4 * * MON"))));
        assertThat(List.of(0, 1, 2, 3, 1_000_000))
                .extracting(retrain::cooldownAfter)
                .extracting(Duration::toHours)
                .containsExactly(3L, 6L, 12L, 20L, 20L);
        assertThat(parse("retrain: { atMost: 1 per day }").atMost()).contains(new Budget(1, Duration.ofDays(1)));
        assertThat(parse("retrain: { atMost: 2 per week }").atMost()).contains(new Budget(2, Duration.ofDays(7)));
    }

    @Test
    void shouldReportEveryMistake() {
        InvalidPipelineException mistakes = catchThrowableOfType(InvalidPipelineException.class, () -> parse("""
                retrain:
                  cooldown: 3h
                  backoff: 2h
                  minNewLabels: -1
                  atMost: four per week
                  schedule: "0 25 * * MON"
                  often: true
                """));

        assertThat(mistakes.problems())
                .extracting(Problem::path)
                .containsExactlyInAnyOrder(
                        "retrain.backoff",
                        "retrain.minNewLabels",
                        "retrain.atMost",
                        "retrain.schedule",
                        "retrain.often");
        assertThat(mistakes).hasMessageContaining("write 1 per day, 4 per 7d").hasMessageContaining("\"0 4 * * MON\"");
        for (String wrong : List.of("0 per day", "4 per 0d", "4", "4 per month", "-1 per day", "4per7d")) {
            assertThat(catchThrowableOfType(
                            InvalidPipelineException.class, () -> parse("retrain: { atMost: " + wrong + " }")))
                    .as(wrong)
                    .hasMessageContaining("'" + wrong + "' is no number of trainings");
        }
    }

    private static RetrainSpec parse(String more) throws InvalidPipelineException {
        String yaml = """
                pipeline: shops
                event: { schema: Event, id: id, key: shop, time: at }
                label: { schema: Label, event: id, value: label.bad, time: at, wait: 1d }
                features: { a: { value: event.a } }
                """ + more;
        return PipelineFile.parse("shops.yaml", yaml, name -> Optional.of(SCHEMA.formatted(name)))
                .retrain();
    }
}
