package io.freshet.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EventLedgerTest {
    private static final long SEED = 13_2026;

    private record Entry(String topic, String id) {}

    @Test
    void shouldCountLostAndDoubledAsAPlainCountOfTheTopicsDoes() {
        String[] topics = {"row", "row", "prediction", "prediction", "error", "label"};
        for (int round = 0; round < 50; round++) {
            Random random = new Random(SEED + round);
            int ids = 1 + random.nextInt(2_000);
            List<Entry> entries = new ArrayList<>();
            for (int i = 0; i < ids * 2; i++) {
                entries.add(new Entry(topics[random.nextInt(topics.length)], "e" + random.nextInt(ids)));
            }
            EventLedger ledger = new EventLedger();

            for (Entry entry : entries) {
                switch (entry.topic()) {
                    case "row" -> ledger.row(entry.id(), 1);
                    case "prediction" -> ledger.prediction(entry.id(), 1, 1, 0.5);
                    case "error" -> ledger.error(entry.id());
                    default -> ledger.label(entry.id(), true);
                }
            }

            String why = "seed " + (SEED + round);
            Set<String> accepted = once(entries, "row");
            Set<String> predicted = once(entries, "prediction");
            Set<String> lost = new HashSet<>(accepted);
            lost.removeAll(predicted);
            lost.removeAll(once(entries, "error"));
            Set<String> unfounded = new HashSet<>(predicted);
            unfounded.removeAll(accepted);
            assertThat(ledger.accepted()).as(why).isEqualTo(accepted.size());
            assertThat(ledger.lost()).as(why).isEqualTo(lost.size());
            assertThat(ledger.unfounded()).as(why).isEqualTo(unfounded.size());
            assertThat(ledger.doubled()).as(why).isEqualTo(more(entries, "prediction"));
            assertThat(ledger.doubledRows()).as(why).isEqualTo(more(entries, "row"));
            assertThat(ledger.doubledLabels()).as(why).isEqualTo(more(entries, "label"));
        }
    }

    @Test
    void shouldJudgeTheFirstPredictionOfAnEvent() {
        EventLedger ledger = new EventLedger();
        for (int i = 0; i < 10; i++) {
            ledger.prediction("e" + i, i, 1, i / 10.0);
            ledger.prediction("e" + i, i, 2, 0.5);
            ledger.label("e" + i, i >= 5);
        }
        ledger.prediction("unlabelled", 3, 1, 0.1);

        Quality quality = ledger.served(i -> true);

        assertThat(quality.predictions()).isEqualTo(11);
        assertThat(quality.labelled()).isEqualTo(10);
        assertThat(quality.rocAuc()).hasValue(1);
        assertThat(ledger.served(i -> ledger.time(i) < 2).rocAuc()).isEmpty();
        assertThat(ledger.kept(i -> true).predictions()).isZero();
    }

    private static Set<String> once(List<Entry> entries, String topic) {
        Set<String> ids = new HashSet<>();
        entries.stream().filter(entry -> entry.topic().equals(topic)).forEach(entry -> ids.add(entry.id()));
        return ids;
    }

    private static int more(List<Entry> entries, String topic) {
        Set<String> seen = new HashSet<>();
        Set<String> again = new HashSet<>();
        for (Entry entry : entries) {
            if (entry.topic().equals(topic) && !seen.add(entry.id())) {
                again.add(entry.id());
            }
        }
        return again.size();
    }
}
