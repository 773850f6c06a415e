package io.freshet.schemas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.freshet.schemas.pipeline.Pipeline.DriftSpec;
import io.freshet.schemas.pipeline.Pipeline.PerformanceSpec;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DriftKeysTest {
    private static final String SCHEMA = """
            {"type": "record", "name": "%s", "fields": [{"name": "id", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "bad", "type": "boolean"}]}
            """;

    @Test
    void shouldWatchPerformanceUnlessItSaysOtherwise() throws Exception {
        assertThat(drift("1d", ""))
                .isEqualTo(new DriftSpec(
                        Duration.ofDays(1),
                        Duration.ofDays(30),
                        new PerformanceSpec(Duration.ofDays(1), 0.1, Duration.ofDays(30), true)));
        assertThat(drift("1d", "drift: { window: 7d, timeBetweenFalseAlarms: 60d }")
                        .performance())
                .isEqualTo(new PerformanceSpec(Duration.ofDays(1), 0.1, Duration.ofDays(60), true));
        assertThat(drift("32d", "").performance().window())
                .as("of long waits few windows are kept")
                .isEqualTo(Duration.ofDays(2));
    }

    @Test
    void shouldReadWhatIsDeclaredOfPerformance() throws Exception {
        assertThat(drift(
                                "1d",
                                "drift: { performance: { window: 12h, tolerance: 0.25, timeBetweenFalseAlarms: 90d,"
                                        + " retrain: false } }")
                        .performance())
                .isEqualTo(new PerformanceSpec(Duration.ofHours(12), 0.25, Duration.ofDays(90), false));
    }

    @Test
    void shouldTellMistakes() {
        assertThat(problem("32d", "{ window: 1d }"))
                .contains("sixteenth of label.wait")
                .contains("172800000ms");
        assertThat(problem("1d", "{ tolerance: -0.1 }")).contains("'-0.1' must be a number from 0.0");
        assertThat(problem("1d", "{ retrain: maybe }")).contains("true or false");
        assertThat(problem("1d", "{ tolerence: 0.1 }")).contains("tolerance");
    }

    private static String problem(String wait, String performance) {
        return catchThrowableOfType(
                        InvalidPipelineException.class,
                        () -> drift(wait, "drift: { performance: " + performance + " }"))
                .problems()
                .getFirst()
                .message();
    }

    private static DriftSpec drift(String wait, String sections) throws InvalidPipelineException {
        String yaml = """
                pipeline: shops
                event: { schema: event, id: id, key: id, time: at }
                label: { schema: label, event: id, value: label.bad, time: at, wait: %s }
                features: { bad: { value: event.bad } }
                model: { task: binary }
                %s
                """.formatted(wait, sections);
        return PipelineFile.parse("shops.yaml", yaml, name -> Optional.of(SCHEMA.formatted(name)))
                .drift();
    }
}
