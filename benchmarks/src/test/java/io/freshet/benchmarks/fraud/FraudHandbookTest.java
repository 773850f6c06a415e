package io.freshet.benchmarks.fraud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.freshet.benchmarks.fraud.FraudHandbook.Replayed;
import io.freshet.benchmarks.fraud.TransactionSimulator.World;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.trainer.learn.LogisticLearner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The handbook's protocol on few transactions; all of them are what {@code benchmarks/fraud-handbook.sh} takes. */
class FraudHandbookTest {
    private static final Path ROOT = Path.of("..");
    private static final Path FILE =
            Path.of(System.getProperty("freshet.fraud-handbook", "../../shared/data/fraud_handbook_simulated.csv.gz"));
    private static final Instant FROM = Instant.parse("2018-07-10T00:00:00Z");
    private static final int EVERY_TERMINAL = 6;

    @Test
    void shouldComputeTheHandbooksFeaturesAndLearnFromThem() throws Exception {
        // Given: a small world with four times the fraud, so that a week of it is enough to be judged
        World world = new World(250, 500, 100 / Math.sqrt(20), 0.4, 0.6, FROM, (int)
                Duration.between(FROM, Protocol.TEST_TO).toDays());
        List<Transaction> transactions = TransactionSimulator.simulate(world, 1);

        // When
        CardFraud declaration = CardFraud.under(ROOT);
        Pipeline pipeline = declaration.declared();
        Protocol protocol = Protocol.of(transactions);
        Replayed replayed = FraudHandbook.replay(pipeline, transactions, protocol);
        Measured boosting = Measured.of(
                declaration, Family.GRADIENT_BOOSTING, new LibraryDefaults(), protocol, replayed.examples());
        Measured logistic = Measured.of(
                declaration, Family.LOGISTIC_REGRESSION, new LogisticLearner(), protocol, replayed.examples());

        // Then
        assertThat(replayed.examples())
                .hasSize(protocol.train().size() + protocol.all().size());
        FeatureCheck.compare(pipeline, transactions, replayed.examples(), 1)
                .forEach((feature, distance) ->
                        assertThat(distance.different()).as(feature).isZero());
        assertThat(boosting.rocAuc()).isGreaterThan(0.8);
        assertThat(boosting.averagePrecision()).isGreaterThan(0.5);
        assertThat(logistic.rocAuc()).isGreaterThan(0.8);
    }

    @Test
    void shouldComeNearThePublishedFiguresOnTheHandbooksTransactions() throws Exception {
        // Given: a sixth of the terminals, and what lies in reach of the shorter windows
        assumeTrue(Files.exists(FILE), "the handbook's transactions are not at " + FILE);
        List<Transaction> transactions = TransactionFile.read(FILE).stream()
                .filter(payment -> payment.time() >= FROM.toEpochMilli()
                        && payment.time() < Protocol.TEST_TO.toEpochMilli()
                        && Integer.parseInt(payment.terminal()) % EVERY_TERMINAL == 0)
                .toList();

        // When
        CardFraud declaration = CardFraud.under(ROOT);
        Protocol protocol = Protocol.of(transactions);
        Replayed replayed = FraudHandbook.replay(declaration.declared(), transactions, protocol);
        Measured measured = Measured.of(
                declaration, Family.GRADIENT_BOOSTING, new LibraryDefaults(), protocol, replayed.examples());

        // Then
        assertThat(measured.rocAuc()).isGreaterThan(0.82);
        assertThat(measured.averagePrecision()).isGreaterThan(0.55);
    }
}
