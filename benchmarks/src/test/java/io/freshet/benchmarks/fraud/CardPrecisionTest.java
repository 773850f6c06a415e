package io.freshet.benchmarks.fraud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.benchmarks.fraud.CardPrecision.Scored;
import java.util.List;
import org.junit.jupiter.api.Test;

class CardPrecisionTest {

    @Test
    void shouldJudgeACardByItsMostSuspiciousPayment() {
        List<Scored> payments = List.of(
                new Scored(1, "a", true, 0.1),
                new Scored(1, "a", false, 0.9),
                new Scored(1, "b", false, 0.8),
                new Scored(1, "c", true, 0.7));

        assertThat(CardPrecision.at(1, payments)).isEqualTo(1);
        assertThat(CardPrecision.at(2, payments)).isEqualTo(0.5);
        assertThat(CardPrecision.at(3, payments)).isEqualTo(2 / 3.0, within(1e-12));
    }

    @Test
    void shouldNotLookAtACardAgainOnceItWasFound() {
        // Given
        List<Scored> payments = List.of(
                new Scored(1, "a", true, 0.9),
                new Scored(2, "a", true, 0.9),
                new Scored(2, "b", false, 0.8),
                new Scored(3, "c", true, 0.7));

        // Then: a on the first day, b, which is none, on the second, c on the third
        assertThat(CardPrecision.at(1, payments)).isEqualTo(2 / 3.0, within(1e-12));
    }

    @Test
    void shouldCountPlacesThatNoCardFillsAsMisses() {
        assertThat(CardPrecision.at(100, List.of(new Scored(1, "a", true, 0.9))))
                .isEqualTo(0.01);
    }
}
