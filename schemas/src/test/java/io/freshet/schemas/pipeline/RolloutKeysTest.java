package io.freshet.schemas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.freshet.schemas.pipeline.InvalidPipelineException.Problem;
import io.freshet.schemas.pipeline.Pipeline.RolloutSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class RolloutKeysTest {
    private static final String SCHEMA = """
            {"type": "record", "name": "%s", "fields": [
              {"name": "id", "type": "string"}, {"name": "shop", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "a", "type": "double"}, {"name": "bad", "type": "boolean"}]}
            """;

    @Test
    void shouldPromoteAtOnceUnlessDeclaredOtherwise() throws Exception {
        for (String plain : List.of("", "rollout: {}", "rollout: { canary: 100% }", "rollout: { shadow: 0 events }")) {
            assertThat(parse(plain)).as(plain).isEqualTo(RolloutSpec.AT_ONCE);
        }
        assertThat(RolloutSpec.AT_ONCE.atOnce()).isTrue();
    }

    @Test
    void shouldReadEveryKey() throws Exception {
        RolloutSpec rollout = parse("rollout: { shadow: 2000 events, canary: [0.5%, 25%, 100%], events: 500 }");

        assertThat(rollout).isEqualTo(new RolloutSpec(2_000, List.of(0.005, 0.25), 500));
        assertThat(rollout.atOnce()).isFalse();
        assertThat(rollout.shareAfter(0)).hasValue(0.005);
        assertThat(rollout.shareAfter(0.1)).hasValue(0.25);
        assertThat(rollout.shareAfter(0.25)).isEqualTo(OptionalDouble.empty());
        assertThat(parse("rollout: { shadow: 300 }")).isEqualTo(new RolloutSpec(300, List.of(), RolloutSpec.EVENTS));
        assertThat(parse("rollout: { canary: [5 %, 100%] }").canary()).containsExactly(0.05);
    }

    @Test
    void shouldReportEveryMistake() {
        InvalidPipelineException mistakes = catchThrowableOfType(InvalidPipelineException.class, () -> parse("""
                rollout:
                  shadow: a few
                  canary: [25%, 5%]
                  events: 0
                  slowly: true
                """));

        assertThat(mistakes.problems())
                .extracting(Problem::path)
                .containsExactlyInAnyOrder("rollout.shadow", "rollout.canary", "rollout.events", "rollout.slowly");
        assertThat(mistakes).hasMessageContaining("such as 2000 events").hasMessageContaining("[5%, 25%, 100%]");
        for (String wrong : List.of("0%", "101%", "5", "half", "-5%", "5%%")) {
            assertThat(catchThrowableOfType(
                            InvalidPipelineException.class,
                            () -> parse("rollout: { canary: ['" + wrong + "', 100%] }")))
                    .as(wrong)
                    .hasMessageContaining("'" + wrong + "' is no share of the entities");
        }
        for (String wrong : List.of("[]", "[5%, 25%]", "[5%, 5%, 100%]", "[100%, 100%]")) {
            assertThat(catchThrowableOfType(
                            InvalidPipelineException.class, () -> parse("rollout: { canary: " + wrong + " }")))
                    .as(wrong)
                    .hasMessageContaining("rising shares of which the last is 100%");
        }
        assertThat(catchThrowableOfType(
                        InvalidPipelineException.class, () -> parse("rollout: { shadow: 10, events: 5 }")))
                .hasMessageContaining("those of a canary step");
    }

    private static RolloutSpec parse(String more) throws InvalidPipelineException {
        String yaml = """
                pipeline: shops
                event: { schema: Event, id: id, key: shop, time: at }
                label: { schema: Label, event: id, value: label.bad, time: at, wait: 1d }
                features: { a: { value: event.a } }
                """ + more;
        return PipelineFile.parse("shops.yaml", yaml, name -> Optional.of(SCHEMA.formatted(name)))
                .rollout();
    }
}
