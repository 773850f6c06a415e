package io.freshet.schemas.pipeline;

import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.apache.avro.Schema;

/**
 * A pipeline as declared: what a user writes, and all that a user writes.
 *
 * @param name lower-case letters, digits and dashes; the prefix of the pipeline's topics
 * @param partitions how many partitions the pipeline's topics have, at least 1
 * @param event what an event is
 * @param label what a label is
 * @param features the declared features, in order, at least one, with distinct names
 * @param preparation how features are prepared for models, by name of the feature; only those that say so
 * @param model what is predicted, and with which candidates
 * @param training when and on what models are trained
 * @param evaluation what the hold-out is looked at by
 * @param gate what a candidate has to prove before it serves
 * @param drift how live windows are judged
 * @param retrain how often models may be trained
 * @param rollout how a model that has passed the gate takes the champion's place
 */
public record Pipeline(
        String name,
        int partitions,
        EventSpec event,
        LabelSpec label,
        List<Feature> features,
        Map<String, PreparationSpec> preparation,
        ModelSpec model,
        TrainingSpec training,
        EvaluationSpec evaluation,
        GateSpec gate,
        DriftSpec drift,
        RetrainSpec retrain,
        RolloutSpec rollout) {

    public Pipeline {
        features = List.copyOf(features);
        preparation = Map.copyOf(preparation);
    }

    /**
     * @param schema the Avro record schema of an event
     * @param id the field that duplicates are told by
     * @param key the field that orders and partitions the stream
     * @param time the field that holds the event time, epoch milliseconds
     * @param lateness how far out of order events may come
     * @param duplicatesWithin how long an id is remembered at least, so that a second event of it is told
     * @param publishCorrections whether rows that a late event would have changed are published as corrected
     * @param rules boolean expressions by name; an event that breaches one is rejected under that name
     */
    public record EventSpec(
            Schema schema,
            String id,
            String key,
            String time,
            Duration lateness,
            Duration duplicatesWithin,
            boolean publishCorrections,
            Map<String, Expression> rules) {}

    /**
     * @param schema the Avro record schema of a label
     * @param event the field that holds the id of the event it belongs to
     * @param value the label's value: a truth for a binary task, the name of a class for several, a number for regression
     * @param time the field that says when the truth became known; it is never used before then
     * @param await after this long an event counts as never labelled
     * @param rules boolean expressions by name; a label that breaches one is rejected under that name
     */
    public record LabelSpec(
            Schema schema,
            String event,
            Expression value,
            String time,
            Duration await,
            Map<String, Expression> rules) {}

    /** A declared feature. */
    public sealed interface Feature {
        /** Its name: a valid Avro name. */
        String name();

        /** Whether models see text rather than a number. */
        boolean categorical();

        /** What it computes, in words; two features of the same definition have the same values. */
        String definition();
    }

    /** A feature that is read off the event itself, or computed from features declared above it. */
    public record ValueFeature(String name, Expression value) implements Feature {
        @Override
        public boolean categorical() {
            return value.kind() == Expression.Kind.TEXT;
        }

        @Override
        public String definition() {
            return value.source();
        }
    }

    /**
     * A feature over the events, or the labels known by then, of one entity.
     *
     * @param aggregate what is computed
     * @param source whether it looks at events or at labels
     * @param by the event fields, or the value features, that make up the entity; empty for all events together
     * @param window which part of the past it looks at
     */
    public record WindowFeature(String name, Aggregate aggregate, Source source, List<String> by, Window window)
            implements Feature {
        public WindowFeature {
            by = List.copyOf(by);
        }

        @Override
        public boolean categorical() {
            return aggregate.function().keepsTheArgument()
                    && aggregate.argument().kind() == Expression.Kind.TEXT;
        }

        @Override
        public String definition() {
            return aggregate + " over " + source.name().toLowerCase(Locale.ROOT) + "s by " + by + " " + window;
        }
    }

    /**
     * What a windowed feature computes.
     *
     * @param argument what it is computed over; the constant 1 where only the records count
     * @param where only records for which this holds are looked at
     * @param level the quantile's level, 0 to 1; 0 for other functions
     */
    public record Aggregate(Function function, Expression argument, Optional<Expression> where, double level) {
        @Override
        public String toString() {
            return function.spelled() + (function == Function.QUANTILE ? " " + level : "") + " of " + argument
                    + where.map(condition -> " where " + condition).orElse("");
        }
    }

    /**
     * The part of the past that a row looks at. Without a delay it ends at the row's event time, to the millisecond, and
     * starts at a hop boundary: the first that is later than {@code over} before its end. With a delay it is exactly
     * {@code over} long and ends at the last hop boundary that is at least {@code delay} before the row.
     *
     * @param over its length, a multiple of {@code hop}
     * @param hop the distance of the boundaries, counted from 1970
     * @param delay how long before the row it ends
     * @param includeSelf whether the row's own event belongs to it
     */
    public record Window(Duration over, Duration hop, Duration delay, boolean includeSelf) {
        /** The hops that are chosen from. */
        private static final List<Duration> HOPS = List.of(
                Duration.ofDays(1),
                Duration.ofHours(12),
                Duration.ofHours(6),
                Duration.ofHours(3),
                Duration.ofHours(2),
                Duration.ofHours(1),
                Duration.ofMinutes(30),
                Duration.ofMinutes(15),
                Duration.ofMinutes(10),
                Duration.ofMinutes(5),
                Duration.ofMinutes(2),
                Duration.ofMinutes(1),
                Duration.ofSeconds(30),
                Duration.ofSeconds(15),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                Duration.ofMillis(500),
                Duration.ofMillis(200),
                Duration.ofMillis(100),
                Duration.ofMillis(10),
                Duration.ofMillis(1));

        private static final int FEWEST_HOPS = 60;
        private static final int MOST_HOPS = 720;

        /**
         * The hop for a window whose declaration names none: the longest round one of which at least 60 make up the
         * window.
         *
         * @return empty when {@code over} is a multiple only of hops so short that more than 720 would be needed
         */
        public static Optional<Duration> hopFor(Duration over) {
            return HOPS.stream()
                    .filter(hop -> over.toMillis() % hop.toMillis() == 0
                            && (over.toMillis() / hop.toMillis() >= FEWEST_HOPS || hop.toMillis() == 1))
                    .findFirst()
                    .filter(hop -> over.toMillis() / hop.toMillis() <= MOST_HOPS);
        }

        @Override
        public String toString() {
            return "in " + over + " by " + hop + (delay.isZero() ? "" : " until " + delay + " before")
                    + (includeSelf ? " with itself" : "");
        }
    }

    /** What a windowed feature computes. */
    public enum Function {
        /** How many; with an argument, how often it has a value. */
        COUNT,
        /** 0 over nothing. */
        SUM,
        MEAN,
        MIN,
        MAX,
        /** Of a sample: divided by one less than the count. */
        VARIANCE,
        /** The root of the variance. */
        STDDEV,
        /** The earliest value; among those of one time the one that arrived first. */
        FIRST,
        /** The latest value; among those of one time the one that arrived last. */
        LAST,
        /** About how many different values. */
        DISTINCT,
        /** About the value at a level between 0 and 1. */
        QUANTILE,
        /** Seconds from the latest value to the row. */
        TIME_SINCE,
        /** The sum, for each second of the window's length. */
        RATE,
        /** The slope of the least-squares line through the values, in units an hour. */
        TREND;

        /** As it is written in a declaration. */
        public String spelled() {
            return this == TIME_SINCE ? "timeSince" : name().toLowerCase(Locale.ROOT);
        }

        /** Whether records themselves can be its argument: {@code event} or {@code label}. */
        public boolean takesRecords() {
            return this == COUNT || this == TIME_SINCE || this == RATE;
        }

        /** Whether a text can be its argument. */
        public boolean takesText() {
            return this == COUNT || this == TIME_SINCE || this == DISTINCT || keepsTheArgument();
        }

        /** Whether it yields one of the values that it was given. */
        public boolean keepsTheArgument() {
            return this == FIRST || this == LAST;
        }
    }

    /** What a windowed feature looks at. */
    public enum Source {
        EVENT,
        LABEL
    }

    /** What is learned. */
    public sealed interface Task {
        /** As it is written in a declaration, such as {@code binary}. */
        String spelled();

        /**
         * Whether something is the case.
         *
         * @param decision how the threshold of a positive prediction is chosen
         */
        record Binary(Decision decision) implements Task {
            @Override
            public String spelled() {
                return "binary";
            }
        }

        /**
         * Which one of several classes it is.
         *
         * @param classes the values that the label can have, at least two; a label counts as its position among them
         */
        record Multiclass(List<String> classes) implements Task {
            public Multiclass {
                classes = List.copyOf(classes);
            }

            @Override
            public String spelled() {
                return "multiclass";
            }
        }

        /** How much it is: the mean of the label. */
        record Regression() implements Task {
            @Override
            public String spelled() {
                return "regression";
            }
        }
    }

    /** The model families that can be declared as candidates. */
    public enum Family {
        LINEAR_REGRESSION,
        LOGISTIC_REGRESSION,
        DECISION_TREE,
        RANDOM_FOREST,
        GRADIENT_BOOSTING,
        NEURAL_NETWORK;

        /** As it is written in a declaration, such as {@code decision-tree}. */
        public String spelled() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** Whether it can learn this. */
        public boolean learns(Task task) {
            return switch (this) {
                case LINEAR_REGRESSION -> task instanceof Task.Regression;
                case LOGISTIC_REGRESSION -> !(task instanceof Task.Regression);
                case DECISION_TREE, RANDOM_FOREST, GRADIENT_BOOSTING, NEURAL_NETWORK -> true;
            };
        }

        /** Whether its learner routes missing numbers itself. */
        public boolean takesMissing() {
            return this == DECISION_TREE || this == RANDOM_FOREST || this == GRADIENT_BOOSTING;
        }
    }

    /**
     * The hold-out metrics that models are ranked, compared and bounded by. With several classes, those of a class against
     * all others are averaged over the classes.
     */
    public enum Metric {
        ROC_AUC,
        AVERAGE_PRECISION,
        LOG_LOSS,
        BRIER,
        CALIBRATION_ERROR,
        PRECISION,
        RECALL,
        F1,
        /** The share of rows whose most probable class is the right one. */
        ACCURACY,
        /** Root of the mean squared error. */
        RMSE,
        /** Mean absolute error. */
        MAE,
        /** Mean absolute error as a share of the label. */
        MAPE,
        /** Coefficient of determination. */
        R2,
        /** Mean pinball loss of the median, half of the mean absolute error. */
        PINBALL;

        /** As it is written in a declaration, such as {@code roc-auc}. */
        public String spelled() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** Whether less is better. */
        public boolean isLoss() {
            return switch (this) {
                case LOG_LOSS, BRIER, CALIBRATION_ERROR, RMSE, MAE, MAPE, PINBALL -> true;
                case ROC_AUC, AVERAGE_PRECISION, PRECISION, RECALL, F1, ACCURACY, R2 -> false;
            };
        }

        /** Whether it judges decisions at a threshold, or for the most probable class, rather than scores. */
        public boolean ofDecisions() {
            return this == PRECISION || this == RECALL || this == F1 || this == ACCURACY;
        }

        /** Whether models of this task have it. */
        public boolean judges(Task task) {
            return switch (task) {
                case Task.Binary binary -> ordinal() < ACCURACY.ordinal();
                case Task.Multiclass multiclass -> ordinal() <= ACCURACY.ordinal();
                case Task.Regression regression -> ordinal() > ACCURACY.ordinal();
            };
        }

        /** Whether {@code value} is better than {@code other}; never for equal or NaN values. */
        public boolean better(double value, double other) {
            return isLoss() ? value < other : value > other;
        }

        /** Orders what has values of it, the best first. */
        public <T> Comparator<T> bestFirst(ToDoubleFunction<T> value) {
            Comparator<T> least = Comparator.comparingDouble(value);
            return isLoss() ? least : least.reversed();
        }
    }

    /** How the score is chosen from which on a prediction counts as positive. */
    public sealed interface Decision {
        /** The threshold for a probability that is all that is known about a row, 0 to 1. */
        double ofAProbability();

        /**
         * The threshold that costs least.
         *
         * @param missed what a missed positive costs, relative to the other
         * @param falseAlarm what a false alarm costs, relative to the other
         */
        record Costs(double missed, double falseAlarm) implements Decision {
            @Override
            public double ofAProbability() {
                return falseAlarm / (missed + falseAlarm);
            }
        }

        /**
         * The greatest recall among the thresholds with at least this precision.
         *
         * @param precision above 0, at most 1
         */
        record LeastPrecision(double precision) implements Decision {
            @Override
            public double ofAProbability() {
                return precision;
            }
        }

        /**
         * The greatest precision among the thresholds with at least this recall. Where nothing tells rows apart, only an
         * alarm for every one has it.
         *
         * @param recall above 0, at most 1
         */
        record LeastRecall(double recall) implements Decision {
            @Override
            public double ofAProbability() {
                return 0;
            }
        }
    }

    /**
     * @param candidates families that can learn the task, at least one
     * @param optimize what candidates are ranked by and must beat the champion in; of a binary task no metric of decisions
     */
    public record ModelSpec(Task task, List<Family> candidates, Metric optimize) {
        public ModelSpec {
            candidates = List.copyOf(candidates);
        }
    }

    /**
     * @param firstAfter how many labelled examples the first training waits for
     * @param last how many of the newest examples are trained on at most
     * @param holdout the share of the newest rows that is held out, above 0 and at most 0.5
     * @param rolling how many evaluations there are on older rows, each after fitting on what was known before them; 0 and up
     * @param windows the rows to fit on, which compete where there are several; at least one
     * @param budget how long windows and settings may be searched, fits of what was found included; zero for no search of
     *     settings
     */
    public record TrainingSpec(
            int firstAfter, int last, double holdout, int rolling, List<TrainingWindow> windows, Duration budget) {
        public TrainingSpec {
            windows = List.copyOf(windows);
        }
    }

    /**
     * @param slices the parts of the hold-out that are evaluated by themselves, by name: where a truth holds, or one for
     *     each value of a text; over features alone
     */
    public record EvaluationSpec(Map<String, Expression> slices) {
        public EvaluationSpec {
            slices = Collections.unmodifiableMap(new LinkedHashMap<>(slices));
        }
    }

    /**
     * What a candidate has to prove before it serves. Bounds are the least value that may serve, for losses the greatest.
     *
     * @param confidence the confidence with which a candidate must beat the champion on the same rows, 0.5 to 1
     * @param bounds of the hold-out, by metric
     * @param sliceBounds of every slice with enough rows, by metric
     * @param meanScore how many times the mean score may be the share of positives, or that the mean score; at least 1; of
     *     no concern to regressions
     * @param alarmsToPositives how many times the share of alarms may be the share of positives, or that the share of
     *     alarms; at least 1; empty for no such rule
     * @param alarmsToChampion likewise for the champion's share of alarms
     * @param singleFeature the ROC AUC, of a regression the R², from which on a single feature is taken for a leak, 0.5 to 1
     * @param latency how long scoring a row may take, median
     * @param bytes how large the bundle may be
     */
    public record GateSpec(
            double confidence,
            Map<Metric, Double> bounds,
            Map<Metric, Double> sliceBounds,
            double meanScore,
            OptionalDouble alarmsToPositives,
            OptionalDouble alarmsToChampion,
            double singleFeature,
            Duration latency,
            int bytes) {
        public GateSpec {
            bounds = Map.copyOf(bounds);
            sliceBounds = Map.copyOf(sliceBounds);
        }
    }

    /**
     * @param window the length of a judged window, event time
     * @param timeBetweenFalseAlarms the expected event time between two false alarms on a stream that does not drift
     * @param performance how the serving model's answers are held against labels
     */
    public record DriftSpec(Duration window, Duration timeBetweenFalseAlarms, PerformanceSpec performance) {}

    /**
     * @param window how much event time a realised figure is about
     * @param tolerance the share by which the loss may be above the upper end of the hold-out's interval, 0 and up
     * @param timeBetweenFalseAlarms the least expected event time between two false alarms about a model that keeps its
     *     promise
     * @param retrain whether a model that does not keep it asks for training
     */
    public record PerformanceSpec(
            Duration window, double tolerance, Duration timeBetweenFalseAlarms, boolean retrain) {}

    /**
     * @param cooldown the least event time between two trainings that nobody asked for by hand
     * @param longestCooldown what refused models may stretch it to, not below it
     * @param minNewLabels how many labels must have arrived since the last training
     * @param atMost how many trainings there may be, whoever asks; without it any number
     * @param schedule when a training is asked for whatever the stream does
     */
    public record RetrainSpec(
            Duration cooldown,
            Duration longestCooldown,
            int minNewLabels,
            Optional<Budget> atMost,
            Optional<Schedule> schedule) {

        /** The cooldown once so many models in a row were not promoted: each doubles it, up to the longest. */
        public Duration cooldownAfter(int refusals) {
            Duration stretched = cooldown;
            for (int i = 0; i < refusals && stretched.compareTo(longestCooldown) < 0; i++) {
                stretched = stretched.multipliedBy(2);
            }
            return stretched.compareTo(longestCooldown) > 0 ? longestCooldown : stretched;
        }
    }

    /**
     * How a model that has passed the gate takes the champion's place.
     *
     * @param shadow how many events it scores beside the champion before it answers any; 0 for no such step
     * @param canary the shares of the entities that it answers for one after the other, rising, above 0 and below 1; then
     *     it is promoted
     * @param events how many events it answers at each share, at least 1
     */
    public record RolloutSpec(int shadow, List<Double> canary, int events) {
        /** The events of a step unless declared. */
        public static final int EVENTS = 1_000;

        /** No step at all. */
        public static final RolloutSpec AT_ONCE = new RolloutSpec(0, List.of(), EVENTS);

        public RolloutSpec {
            canary = List.copyOf(canary);
        }

        /** Whether a model is promoted at once. */
        public boolean atOnce() {
            return shadow == 0 && canary.isEmpty();
        }

        /** The first declared share above another; empty when promotion comes next. */
        public OptionalDouble shareAfter(double share) {
            return canary.stream()
                    .mapToDouble(Double::doubleValue)
                    .filter(next -> next > share)
                    .findFirst();
        }
    }

    /**
     * How many trainings there may be.
     *
     * @param trainings at least 1
     * @param per in any stretch of so much processing time
     */
    public record Budget(int trainings, Duration per) {}
}
