package io.freshet.trainer.learn;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * A value for each of a learner's hyperparameters.
 *
 * @param values by name
 */
public record Settings(Map<String, Double> values) {
    public Settings {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
    }

    /** Those that hold where nothing was searched. */
    public static Settings normal(List<Hyperparameter> of) {
        return each(of, Hyperparameter::normal);
    }

    /**
     * Recorded values; the normal ones stand in for what was not recorded.
     *
     * @throws IllegalArgumentException on a name that the learner does not know, or a value that it does not take
     */
    public static Settings of(List<Hyperparameter> of, Map<String, Double> recorded) {
        Map<String, Hyperparameter> known = of.stream().collect(Collectors.toMap(Hyperparameter::name, each -> each));
        recorded.forEach((name, value) -> {
            Hyperparameter hyperparameter = known.get(name);
            if (hyperparameter == null || !hyperparameter.takes(value)) {
                throw new IllegalArgumentException("setting " + name + " is " + value + ", and this build takes "
                        + (hyperparameter == null
                                ? "only " + String.join(", ", new TreeMap<>(known).keySet())
                                : (hyperparameter.whole() ? "whole numbers " : "") + "from " + hyperparameter.least()
                                        + " to " + hyperparameter.most()));
            }
        });
        return each(of, each -> recorded.getOrDefault(each.name(), each.normal()));
    }

    /** Any settings, each drawn by itself. */
    public static Settings draw(List<Hyperparameter> of, SplittableRandom random) {
        return each(of, each -> each.draw(random));
    }

    /** Settings close to these. */
    public Settings near(List<Hyperparameter> of, SplittableRandom random) {
        return each(of, each -> each.near(get(each.name()), random));
    }

    private static Settings each(List<Hyperparameter> of, ToDoubleFunction<Hyperparameter> value) {
        Map<String, Double> values = new TreeMap<>();
        of.forEach(each -> values.put(each.name(), value.applyAsDouble(each)));
        return new Settings(values);
    }

    double get(String name) {
        Double value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("there is no setting " + name + " among " + values.keySet());
        }
        return value;
    }

    int whole(String name) {
        return (int) get(name);
    }
}
