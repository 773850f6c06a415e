package io.freshet.schemas.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * A pipeline as declared: what a user writes, and all that a user writes.
 *
 * @param name lower-case letters, digits and dashes; the prefix of the pipeline's topics
 * @param partitions how many partitions the pipeline's topics have, at least 1
 * @param event what an event is
 * @param label what a label is
 * @param features the declared features, in order, at least one, with distinct names
 * @param model what is predicted, and with which candidates
 * @param training when and on what models are trained
 * @param gate what a candidate has to prove before it serves
 * @param drift how live windows are judged
 * @param retrain how often models may be trained
 */
public record Pipeline(
        String name,
        int partitions,
        EventSpec event,
        LabelSpec label,
        List<Feature> features,
        ModelSpec model,
        TrainingSpec training,
        GateSpec gate,
        DriftSpec drift,
        RetrainSpec retrain) {

    public Pipeline {
        features = List.copyOf(features);
    }

    /**
     * @param schema the Avro record schema of an event
     * @param id the field that duplicates are told by
     * @param key the field that orders and partitions the stream
     * @param time the field that holds the event time, epoch milliseconds
     * @param lateness how far out of order events may come
     * @param rules boolean expressions by name; an event that breaches one is rejected under that name
     */
    public record EventSpec(
            Schema schema, String id, String key, String time, Duration lateness, Map<String, Expression> rules) {}

    /**
     * @param schema the Avro record schema of a label
     * @param event the field that holds the id of the event it belongs to
     * @param value the label's value: boolean for a binary task, a number for regression
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
    }

    /** A feature that is read off the event itself. */
    public record ValueFeature(String name, Expression value) implements Feature {
        @Override
        public boolean categorical() {
            return value.kind() == Expression.Kind.TEXT;
        }
    }

    /**
     * A feature over the events, or the labels known by then, of one entity.
     *
     * @param function what is computed
     * @param argument what it is computed over; for {@code COUNT} the constant 1
     * @param source whether it looks at events or at labels
     * @param by the event fields, or the value features, that make up the entity; empty for all events together
     * @param over the length of the window that ends at the row's event time
     */
    public record WindowFeature(
            String name, Function function, Expression argument, Source source, List<String> by, Duration over)
            implements Feature {
        public WindowFeature {
            by = List.copyOf(by);
        }

        @Override
        public boolean categorical() {
            return false;
        }
    }

    /** What a windowed feature computes. */
    public enum Function {
        COUNT,
        SUM,
        MEAN,
        MIN,
        MAX
    }

    /** What a windowed feature looks at. */
    public enum Source {
        EVENT,
        LABEL
    }

    /** What is learned. */
    public enum Task {
        BINARY
    }

    /** The model families that can be declared as candidates. */
    public enum Family {
        LOGISTIC_REGRESSION,
        GRADIENT_BOOSTING,
        NEURAL_NETWORK
    }

    /** The hold-out metrics that candidates can be ranked and gated by. */
    public enum Metric {
        ROC_AUC,
        AVERAGE_PRECISION,
        LOG_LOSS
    }

    /**
     * @param missedCost what a missed positive costs, relative to the other
     * @param falseAlarmCost what a false alarm costs, relative to the other
     */
    public record ModelSpec(
            Task task, List<Family> candidates, Metric optimize, double missedCost, double falseAlarmCost) {
        public ModelSpec {
            candidates = List.copyOf(candidates);
        }
    }

    /**
     * @param firstAfter how many labelled examples the first training waits for
     * @param last how many of the newest examples are trained on at most
     * @param holdout the share of the newest rows that is held out, above 0 and at most 0.5
     */
    public record TrainingSpec(int firstAfter, int last, double holdout) {}

    /**
     * @param confidence the confidence with which a candidate must beat the champion on the same rows, 0.5 to 1
     * @param minimum the least hold-out metric that may serve at all, by metric
     */
    public record GateSpec(double confidence, Map<Metric, Double> minimum) {}

    /**
     * @param window the length of a judged window, event time
     * @param timeBetweenFalseAlarms the expected event time between two false alarms on a stream that does not drift
     */
    public record DriftSpec(Duration window, Duration timeBetweenFalseAlarms) {}

    /**
     * @param cooldown the least event time between two requests
     * @param minNewLabels how many labels must have arrived since the last training
     */
    public record RetrainSpec(Duration cooldown, int minNewLabels) {}
}
