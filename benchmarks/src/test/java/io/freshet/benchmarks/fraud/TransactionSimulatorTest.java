package io.freshet.benchmarks.fraud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.benchmarks.fraud.TransactionSimulator.World;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class TransactionSimulatorTest {
    private static final int DAYS = 40;
    private static final World WORLD =
            new World(500, 1_000, 100 / Math.sqrt(10), 0.2, 0.3, Instant.parse("2018-04-01T00:00:00Z"), DAYS);

    @Test
    void shouldFollowTheHandbooksDescription() {
        // When
        List<Transaction> transactions = TransactionSimulator.simulate(WORLD, 1);

        // Then: Poisson of mean 2 a day, of which noon plus or minus 2.16 sd lies within the day
        assertThat(transactions.size() / (double) (500 * DAYS)).isCloseTo(2 * 0.97, within(0.15));
        assertThat(transactions).isSortedAccordingTo(Comparator.comparingLong(Transaction::time));
        assertThat(transactions).allMatch(payment -> payment.amount() <= 220 || payment.fraud());
        assertThat(share(transactions, Transaction::fraud)).isBetween(0.002, 0.02);
        assertThat(transactions.stream()
                        .filter(Predicate.not(Transaction::fraud))
                        .mapToDouble(Transaction::amount)
                        .average()
                        .orElseThrow())
                .isCloseTo(53, within(4.0));
        assertThat(transactions).extracting(Transaction::id).doesNotHaveDuplicates();
    }

    @Test
    void shouldGiveTheSameForTheSameSeed() {
        assertThat(TransactionSimulator.simulate(WORLD, 7)).isEqualTo(TransactionSimulator.simulate(WORLD, 7));
        assertThat(TransactionSimulator.simulate(WORLD, 7)).isNotEqualTo(TransactionSimulator.simulate(WORLD, 8));
    }

    private static double share(List<Transaction> transactions, Predicate<Transaction> which) {
        return (double) transactions.stream().filter(which).count() / transactions.size();
    }
}
