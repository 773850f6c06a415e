package io.freshet.model;

import java.util.HashSet;
import java.util.List;

/** What the outputs of a model mean. Validated when constructed. */
public sealed interface Output {
    /** How many scores there are. */
    int size();

    /**
     * The probability of the positive class.
     *
     * @param calibration what the scorer's score is passed through
     * @param threshold finite; a calibrated score at or above it is a positive decision
     */
    record Binary(Calibration calibration, double threshold) implements Output {
        /** Throws {@link IllegalArgumentException} on a threshold that is not finite. */
        public Binary {
            if (!Double.isFinite(threshold)) {
                throw new IllegalArgumentException("decision threshold must be finite");
            }
        }

        @Override
        public int size() {
            return 1;
        }

        /** Whether a calibrated score is a positive decision. */
        public boolean decide(double score) {
            return score >= threshold;
        }
    }

    /**
     * A probability for each class, summing to 1.
     *
     * @param classes their names, at least two, distinct and not blank
     * @param calibration what the scorer's probabilities are passed through
     */
    record Multiclass(List<String> classes, ClassCalibration calibration) implements Output {
        /** Throws {@link IllegalArgumentException} on other classes. */
        public Multiclass {
            classes = List.copyOf(classes);
            if (classes.size() < 2
                    || new HashSet<>(classes).size() < classes.size()
                    || classes.stream().anyMatch(String::isBlank)) {
                throw new IllegalArgumentException("classes must be two at least, distinct and not blank: " + classes);
            }
        }

        /** The scorer's probabilities as they are. */
        public Multiclass(List<String> classes) {
            this(classes, new ClassCalibration.None());
        }

        @Override
        public int size() {
            return classes.size();
        }

        /** The class of the greatest probability, the first of equal ones, counted from 0. */
        public static int decide(double[] probabilities, int classes) {
            int greatest = 0;
            for (int i = 1; i < classes; i++) {
                if (probabilities[i] > probabilities[greatest]) {
                    greatest = i;
                }
            }
            return greatest;
        }
    }

    /** A value in the label's unit. */
    record Regression() implements Output {
        @Override
        public int size() {
            return 1;
        }
    }
}
