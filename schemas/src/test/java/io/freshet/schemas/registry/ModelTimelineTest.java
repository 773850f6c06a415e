package io.freshet.schemas.registry;

import static io.freshet.schemas.message.ModelStage.CANARY;
import static io.freshet.schemas.message.ModelStage.CANDIDATE;
import static io.freshet.schemas.message.ModelStage.CHAMPION;
import static io.freshet.schemas.message.ModelStage.REFUSED;
import static io.freshet.schemas.message.ModelStage.RETIRED;
import static io.freshet.schemas.message.ModelStage.SHADOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schemas.message.ModelStage;
import io.freshet.schemas.message.ModelStateChanged;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ModelTimelineTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final List<ModelStateChanged> history = new ArrayList<>();
    private int clock;
    private int serving;

    @Test
    void shouldTellWhatServedAtAnyTime() {
        assertThat(at(0).champion()).isEmpty();
        promote(1);
        refuse();
        promote(2);
        reinstate(1);

        assertThat(at(0).champion()).isEmpty();
        assertThat(at(1).champion()).hasValue(1);
        assertThat(at(2).champion()).hasValue(1);
        assertThat(at(3).champion()).hasValue(2);
        assertThat(at(4).champion()).hasValue(1);
        assertThat(at(4).state(2))
                .hasValueSatisfying(change -> assertThat(change.getTo()).isEqualTo(RETIRED));
        assertThat(at(2).state(2)).isEmpty();
        assertThat(at(4).state(0)).as("what was refused is no version").isEmpty();
        assertThat(ModelTimeline.at(history, START.plusSeconds(3).minusMillis(1))
                        .champion())
                .hasValue(1);
    }

    @Test
    void shouldGoBackStepByStepAndNotToWhatWasRolledBack() {
        promote(1);
        assertThat(at(clock).before()).isEmpty();
        promote(2);
        promote(3);
        assertThat(at(clock).before()).hasValue(2);
        reinstate(2);
        assertThat(at(clock).before()).hasValue(1);
        promote(4);
        assertThat(at(clock).before()).as("before the next one").hasValue(2);
        reinstate(3);
        assertThat(at(clock).before())
                .as("a version that was rolled back, chosen again")
                .hasValue(4);
    }

    @Test
    void shouldTellWhichModelChallengesTheChampion() {
        promote(1);
        clock++;
        change(2, CANDIDATE, SHADOW);
        clock++;
        change(2, SHADOW, CANARY);

        assertThat(at(1).challenger()).isEmpty();
        assertThat(at(2).challenger())
                .hasValueSatisfying(change -> assertThat(change.getTo()).isEqualTo(SHADOW));
        assertThat(at(3).challenger())
                .hasValueSatisfying(change -> assertThat(change.getTo()).isEqualTo(CANARY));
        assertThat(at(3).champion()).hasValue(1);

        inPlaceOfTheChampion(2, CANARY);
        assertThat(at(4).challenger()).isEmpty();
        assertThat(at(4).champion()).hasValue(2);
        assertThat(at(4).before()).hasValue(1);
    }

    /** Against a naive reading record by record; the order that records are handed over in is nothing. */
    @Test
    void shouldAgreeWithReadingRecordByRecord() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            history.clear();
            clock = 0;
            serving = 0;
            int newest = 0;
            List<Integer> champions = new ArrayList<>(List.of(0));
            for (int step = 0; step < 30; step++) {
                int other = 1 + random.nextInt(Math.max(1, newest));
                if (newest == 0 || random.nextInt(3) > 0) {
                    promote(++newest);
                } else if (other != serving) {
                    reinstate(other);
                } else {
                    refuse();
                }
                champions.add(serving);
            }
            Collections.shuffle(history, random);

            for (int time = 0; time < champions.size(); time++) {
                int expected = champions.get(time);
                assertThat(at(time).champion().orElse(0))
                        .as("at %s, seed %s", time, seed)
                        .isEqualTo(expected);
                assertThat(at(time).before().orElse(0)).as("seed %s", seed).isNotEqualTo(expected == 0 ? -1 : expected);
            }
        }
    }

    private ModelTimeline at(int seconds) {
        return ModelTimeline.at(history, START.plusSeconds(seconds));
    }

    private void promote(int version) {
        inPlaceOfTheChampion(version, CANDIDATE);
    }

    private void reinstate(int version) {
        inPlaceOfTheChampion(version, RETIRED);
    }

    private void refuse() {
        clock++;
        change(0, CANDIDATE, REFUSED);
    }

    private void inPlaceOfTheChampion(int version, ModelStage from) {
        clock++;
        if (serving > 0) {
            change(serving, CHAMPION, RETIRED);
        }
        change(version, from, CHAMPION);
        serving = version;
    }

    private void change(int version, ModelStage from, ModelStage to) {
        history.add(new ModelStateChanged(
                "shops", version, from, to, "cause-" + clock, "test", START.plusSeconds(clock), 0.0));
    }
}
