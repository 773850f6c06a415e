package io.freshet.features;

import io.freshet.schemas.check.RejectReason;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Task;
import java.util.List;
import org.apache.avro.generic.GenericRecord;

/** What a label says. */
sealed interface LabelReading {

    /**
     * Something that can be learned from.
     *
     * @param label 1 for a positive, 0 for a negative; the position of the class; or the number
     * @param toPrior what it adds to the prior's sum; NaN where labels have no mean
     */
    record Value(double label, double toPrior) implements LabelReading {}

    /** Nothing that can be learned from. */
    record Unusable(RejectReason reason, String detail) implements LabelReading {}

    /**
     * Reads the declared value off a label.
     *
     * @param event the label's event
     */
    static LabelReading of(Pipeline pipeline, GenericRecord event, GenericRecord label) {
        Object value = pipeline.label().value().evaluate(event, label);
        String declared = "'" + pipeline.label().value() + "'";
        return switch (value) {
            case null ->
                new Unusable(
                        RejectReason.FIELD_MISSING, declared + " has no value, because a field that it needs has none");
            case Boolean truth -> new Value(truth ? 1 : 0, truth ? 1 : 0);
            case Double number ->
                Math.abs(number) <= Float.MAX_VALUE
                        ? new Value(number, number)
                        : new Unusable(
                                RejectReason.NOT_FINITE,
                                declared + " is " + number + ", which is no finite number of 32 bits");
            default -> position(pipeline, declared, value.toString());
        };
    }

    private static LabelReading position(Pipeline pipeline, String declared, String name) {
        List<String> classes =
                pipeline.model().task() instanceof Task.Multiclass(List<String> names) ? names : List.of();
        int position = classes.indexOf(name);
        return position >= 0
                ? new Value(position, Double.NaN)
                : new Unusable(
                        RejectReason.UNKNOWN_CLASS,
                        declared + " is '" + (name.length() <= 100 ? name : name.substring(0, 100))
                                + "', which is none of the declared classes");
    }
}
