package io.freshet.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Events are let wait 24 hours for their label and be an hour late: both are given up after 25 hours. */
class WaitingLabelsTest {
    private final EventLedger events = new EventLedger();
    private WaitingLabels labels;

    @BeforeEach
    void takeEvents() throws Exception {
        events.row("old", hour(100));
        events.row("open", hour(198));
        events.row("newest", hour(200));
        labels = new WaitingLabels(events, pipeline());
    }

    private static Pipeline pipeline() throws Exception {
        return PipelineFile.parse("late.yaml", TopicReaderTest.YAML, name -> Optional.of(TopicReaderTest.schema(name)));
    }

    private static long hour(int hour) {
        return Duration.ofHours(hour).toMillis();
    }

    @Test
    void shouldWaitForAnEventThatMayYetCome() {
        labels.take("to come", hour(190));
        labels.take("to come", hour(190));

        assertThat(labels.count()).isEqualTo(1);
    }

    @Test
    void shouldWaitWhereTheEventWasGivenUp() {
        labels.take("old", hour(190));

        assertThat(labels.count()).isEqualTo(1);
    }

    @Test
    void shouldNotTakeALostLabelForOneThatWaits() {
        labels.take("open", hour(199));
        labels.take("never came", hour(170));

        assertThat(labels.count()).isZero();
    }

    @Test
    void shouldNotCountALabelThatIsDueByTheTimeOfAnother() {
        labels.take("to come", hour(190));
        labels.take("later", hour(220));

        assertThat(labels.count()).isEqualTo(1);
    }

    @Test
    void shouldNotCountWhatWasJoined() {
        events.label("newest", true);
        labels.take("newest", hour(200));

        assertThat(labels.count()).isZero();
    }
}
