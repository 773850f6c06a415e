package io.freshet.benchmarks.fraud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.freshet.benchmarks.fraud.FraudHandbook.Replayed;
import io.freshet.benchmarks.fraud.TransactionSimulator.World;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.row.Example;
import io.freshet.schemas.row.FeatureRow;
import io.freshet.schemas.row.FeatureRowSchema;
import io.freshet.trainer.learn.LogisticLearner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The handbook's protocol; {@code benchmarks/fraud-handbook.sh} runs all of it over the topology. */
class FraudHandbookTest {
    private static final Path ROOT = Path.of("..");
    private static final Path FILE =
            Path.of(System.getProperty("freshet.fraud-handbook", "../../shared/data/fraud_handbook_simulated.csv.gz"));
    private static final Instant FROM = Instant.parse("2018-07-10T00:00:00Z");

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

    /**
     * On all of the handbook's transactions. The features are read off them directly, which takes seconds where the topology
     * takes minutes; that the topology's are the same is held above.
     */
    @Test
    void shouldReachThePublishedFiguresOnTheHandbooksTransactions() throws Exception {
        // Given
        assumeTrue(Files.exists(FILE), "the handbook's transactions are not at " + FILE);
        List<Transaction> transactions = FraudHandbook.needed(TransactionFile.read(FILE));
        Protocol protocol = Protocol.of(transactions);
        CardFraud declaration = CardFraud.under(ROOT);

        // When
        List<Example> examples = examples(declaration.declared(), transactions, protocol);
        Measured boosting =
                Measured.of(declaration, Family.GRADIENT_BOOSTING, new LibraryDefaults(), protocol, examples);
        Measured logistic =
                Measured.of(declaration, Family.LOGISTIC_REGRESSION, new LogisticLearner(), protocol, examples);

        // Then: the handbook's counts, and its figures but for what another release of a library makes of them
        assertThat(protocol.train()).hasSize(67_240);
        assertThat(protocol.test()).hasSize(58_264);
        assertThat(boosting.rocAuc()).isCloseTo(0.862, within(0.01));
        assertThat(boosting.averagePrecision()).isCloseTo(0.639, within(0.02));
        assertThat(boosting.cardPrecision()).isCloseTo(0.273, within(0.01));
        assertThat(logistic.rocAuc()).isCloseTo(0.871, within(0.002));
        assertThat(logistic.averagePrecision()).isCloseTo(0.606, within(0.002));
        assertThat(logistic.cardPrecision()).isCloseTo(0.291, within(0.002));
    }

    private static List<Example> examples(Pipeline pipeline, List<Transaction> transactions, Protocol protocol) {
        ExactFeatures exact = new ExactFeatures(transactions);
        String featureSet = FeatureRowSchema.of(pipeline).featureSet();
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < transactions.size(); i++) {
            Transaction payment = transactions.get(i);
            if (protocol.train().contains(payment.id()) || protocol.all().contains(payment.id())) {
                Map<String, Double> features = exact.of(i);
                FeatureRow row = new FeatureRow(
                        payment.id(),
                        payment.customer(),
                        Instant.ofEpochMilli(payment.time()),
                        featureSet,
                        null,
                        Instant.ofEpochMilli(payment.time()),
                        pipeline.features().stream()
                                .map(feature -> (Object) features.get(feature.name()))
                                .toList());
                examples.add(new Example(row, payment.fraud() ? 1 : 0, Instant.ofEpochMilli(payment.known())));
            }
        }
        return examples;
    }
}
