package io.freshet.benchmarks.fraud;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.learn.BoostingLearner;
import io.freshet.trainer.learn.LogisticLearner;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Repeats the handbook's baseline and prints what was published beside what was measured. Arguments: the project's root, and
 * the handbook's transactions as CSV; without a file they are simulated.
 */
public final class FraudHandbook {
    private static final Instant SIMULATED_FROM = Instant.parse("2018-04-01T00:00:00Z");
    private static final long SEED = 1;
    private static final int CHECK_EVERY = 25;

    /** What the handbook prints, for the transactions that it judges. */
    private record Published(double rocAuc, double averagePrecision, double cardPrecision) {}

    private static final Published XGBOOST = new Published(0.862, 0.639, 0.273);
    /** Not the handbook's: measured offline, with XGBoost alone, on the same periods. */
    private static final Published DEPTH_3 = new Published(0.889, 0.669, Double.NaN);

    private static final Published LOGISTIC = new Published(0.871, 0.606, 0.291);

    private FraudHandbook() {}

    /** Runs it. */
    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (arguments.length < 1 || arguments.length > 2) {
            System.err.println("fraud-handbook: wants the project's root and at most one file");
            System.exit(2);
        }
        CardFraud declaration = CardFraud.under(Path.of(arguments[0]));
        List<Transaction> transactions = arguments.length == 2
                ? TransactionFile.read(Path.of(arguments[1]))
                : TransactionSimulator.simulate(
                        TransactionSimulator.World.handbook(
                                SIMULATED_FROM, (int) Duration.between(SIMULATED_FROM, Protocol.TEST_TO)
                                        .toDays()),
                        SEED);
        out.println("transactions  " + (arguments.length == 2 ? arguments[1] : "simulated, seed " + SEED));
        report(out, declaration, needed(transactions));
    }

    /** Those that make a difference. */
    static List<Transaction> needed(List<Transaction> transactions) {
        return transactions.stream()
                .filter(transaction -> transaction.time() >= Protocol.NEEDED_FROM.toEpochMilli()
                        && transaction.time() < Protocol.TEST_TO.toEpochMilli())
                .toList();
    }

    /** What came of a replay: the examples of both weeks, and what the topology keeps. */
    record Replayed(List<Example> examples, FeatureReplay.State state) {}

    static Replayed replay(Pipeline pipeline, List<Transaction> transactions, Protocol protocol) throws IOException {
        List<Example> examples = new ArrayList<>();
        FeatureReplay.State state = FeatureReplay.run(pipeline, transactions, example -> {
            if (protocol.train().contains(example.row().eventId())
                    || protocol.all().contains(example.row().eventId())) {
                examples.add(example);
            }
        });
        return new Replayed(examples, state);
    }

    private static void report(PrintStream out, CardFraud declaration, List<Transaction> transactions)
            throws IOException {
        Protocol protocol = Protocol.of(transactions);
        out.printf(
                "fed           %,d and their truths, %s to %s%n",
                transactions.size(), Protocol.NEEDED_FROM, Protocol.TEST_TO);
        out.printf(
                "trained on    %,d, %d of them fraud%n",
                protocol.train().size(), frauds(transactions, protocol.train()));
        out.printf(
                "tested on     %,d, %d of them fraud, of %,d%n",
                protocol.test().size(),
                frauds(transactions, protocol.test()),
                protocol.all().size());
        long started = System.nanoTime();
        Pipeline pipeline = declaration.declared();
        Replayed replayed = replay(pipeline, transactions, protocol);
        List<Example> examples = replayed.examples();
        double seconds = (System.nanoTime() - started) / 1e9;
        out.printf("replayed in   %.0f s, %,.0f records/s%n", seconds, 2 * transactions.size() / seconds);
        long entities = transactions.stream()
                        .map(Transaction::customer)
                        .distinct()
                        .count()
                + transactions.stream().map(Transaction::terminal).distinct().count();
        out.printf(
                "window state  %,d bytes in %,d entries for %,d customers and terminals%n%n",
                replayed.state().bytes(), replayed.state().entries(), entities);

        out.println("features against the raw transactions, every " + CHECK_EVERY + "th row");
        out.printf("%-26s %12s %12s %10s%n", "feature", "greatest", "mean", "different");
        FeatureCheck.compare(pipeline, transactions, examples, CHECK_EVERY)
                .forEach((name, distance) -> out.printf(
                        "%-26s %12.6f %12.6f %9.2f%%%n",
                        name, distance.greatest(), distance.mean(), 100 * distance.different()));
        out.println();

        out.printf("%-36s %17s %17s %17s %15s%n", "", "ROC-AUC", "avg. precision", "card prec.@100", "all of the week");
        show(
                out,
                "XGBoost, the library's defaults",
                Measured.of(declaration, Family.GRADIENT_BOOSTING, new LibraryDefaults(), protocol, examples),
                XGBOOST);
        show(
                out,
                "XGBoost, trees of depth 3",
                Measured.of(declaration, Family.GRADIENT_BOOSTING, new LibraryDefaults(3), protocol, examples),
                DEPTH_3);
        show(
                out,
                "XGBoost, the trainer's settings",
                Measured.of(declaration, Family.GRADIENT_BOOSTING, new BoostingLearner(), protocol, examples),
                XGBOOST);
        show(
                out,
                "logistic regression, the trainer's",
                Measured.of(declaration, Family.LOGISTIC_REGRESSION, new LogisticLearner(), protocol, examples),
                LOGISTIC);
        out.println("each: measured (published, and for depth 3 measured offline)");
        out.println("all of the week: ROC-AUC and average precision with the customers that were known by then");
    }

    private static long frauds(List<Transaction> transactions, Set<String> ids) {
        return transactions.stream()
                .filter(transaction -> transaction.fraud() && ids.contains(transaction.id()))
                .count();
    }

    private static void show(PrintStream out, String learner, Measured measured, Published published) {
        out.printf(
                "%-36s %17s %17s %17s     %.3f  %.3f%n",
                learner,
                beside(measured.rocAuc(), published.rocAuc()),
                beside(measured.averagePrecision(), published.averagePrecision()),
                beside(measured.cardPrecision(), published.cardPrecision()),
                measured.rocAucOfAll(),
                measured.averagePrecisionOfAll());
    }

    private static String beside(double measured, double published) {
        return Double.isNaN(published)
                ? String.format(Locale.ROOT, "%.3f        ", measured)
                : String.format(Locale.ROOT, "%.3f (%.3f)", measured, published);
    }
}
