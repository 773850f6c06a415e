package io.freshet.benchmarks.fraud;

import io.freshet.model.Feature;
import io.freshet.model.InvalidBundleException;
import io.freshet.model.Model;
import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.Training;
import io.freshet.trainer.TrainingOutcome;
import io.freshet.trainer.TrainingTask;
import io.freshet.trainer.learn.Learner;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A learner's figures on the test week.
 *
 * @param rocAuc on the judged transactions
 * @param averagePrecision on the judged transactions
 * @param cardPrecision at 100 cards a day, on the judged transactions
 * @param rocAucOfAll on the whole week, customers known by then included
 * @param averagePrecisionOfAll likewise
 */
record Measured(
        double rocAuc,
        double averagePrecision,
        double cardPrecision,
        double rocAucOfAll,
        double averagePrecisionOfAll) {
    private static final int CARDS = 100;
    private static final long SEED = 1;

    /**
     * Trains on the training week through the trainer, and scores the test week with the model bundle that came of it.
     *
     * @throws IllegalStateException when no model came of it
     */
    static Measured of(
            CardFraud declaration, Family family, Learner learner, Protocol protocol, List<Example> examples) {
        List<Example> rows = examples.stream()
                .filter(example -> protocol.train().contains(example.row().eventId())
                        || protocol.test().contains(example.row().eventId()))
                .toList();
        // The trainer holds out the newest share, rounded up: exactly the judged transactions.
        double holdout = (protocol.test().size() - 0.5) / rows.size();
        String candidate = family.name().toLowerCase(Locale.ROOT).replace('_', '-');
        Pipeline pipeline = declaration.with(candidate, holdout);
        TrainingOutcome outcome = new Training(Map.of(family, learner), System::nanoTime)
                .run(new TrainingTask(pipeline, rows, Optional.empty(), 1, SEED));
        if (!(outcome instanceof TrainingOutcome.Promoted promoted)) {
            throw new IllegalStateException("no model: " + outcome);
        }
        if (promoted.report().counts().train() != protocol.train().size()
                || promoted.report().counts().holdout() != protocol.test().size()) {
            throw new IllegalStateException("the trainer split otherwise: "
                    + promoted.report().counts() + " instead of "
                    + protocol.train().size() + " and "
                    + protocol.test().size());
        }
        try {
            return score(pipeline, Model.load(promoted.bundle(), promoted.bundle().length), protocol, examples);
        } catch (InvalidBundleException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Measured score(Pipeline pipeline, Model model, Protocol protocol, List<Example> examples) {
        List<String> declared =
                pipeline.features().stream().map(Pipeline.Feature::name).toList();
        int[] positions = model.bundle().features().stream()
                .map(Feature::name)
                .mapToInt(declared::indexOf)
                .toArray();
        List<CardPrecision.Scored> judged = new ArrayList<>();
        List<CardPrecision.Scored> all = new ArrayList<>();
        for (Example example : examples) {
            if (protocol.all().contains(example.row().eventId())) {
                @Nullable Object[] raw = new Object[positions.length];
                for (int i = 0; i < raw.length; i++) {
                    raw[i] = example.row().values().get(positions[i]);
                }
                CardPrecision.Scored scored = new CardPrecision.Scored(
                        TimeUnit.MILLISECONDS.toDays(example.row().eventTime().toEpochMilli()),
                        example.row().entityKey(),
                        example.label() == 1,
                        model.score(raw));
                all.add(scored);
                if (protocol.test().contains(example.row().eventId())) {
                    judged.add(scored);
                }
            }
        }
        return new Measured(
                BinaryMetrics.rocAuc(scores(judged), labels(judged)).orElseThrow(),
                BinaryMetrics.averagePrecision(scores(judged), labels(judged)).orElseThrow(),
                CardPrecision.at(CARDS, judged),
                BinaryMetrics.rocAuc(scores(all), labels(all)).orElseThrow(),
                BinaryMetrics.averagePrecision(scores(all), labels(all)).orElseThrow());
    }

    private static double[] scores(List<CardPrecision.Scored> payments) {
        return payments.stream().mapToDouble(CardPrecision.Scored::score).toArray();
    }

    private static boolean[] labels(List<CardPrecision.Scored> payments) {
        boolean[] labels = new boolean[payments.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = payments.get(i).fraud();
        }
        return labels;
    }
}
