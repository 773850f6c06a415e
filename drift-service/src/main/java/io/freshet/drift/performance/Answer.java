package io.freshet.drift.performance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model said about an event.
 *
 * @param modelVersion the version that answered, at least 1
 * @param outputs of a binary task the probability of a positive, of several classes that of each in declared order, of a
 *     regression the value
 * @param decision whether it was taken for a positive; null unless the task is binary
 */
public record Answer(
        int modelVersion, List<Double> outputs, @Nullable Boolean decision) {
    public Answer {
        outputs = List.copyOf(outputs);
    }
}
