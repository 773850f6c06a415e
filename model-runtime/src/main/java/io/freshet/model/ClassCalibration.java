package io.freshet.model;

/**
 * Turns a model's probabilities of several classes into ones that come true as often as they say. No calibration ever turns
 * the order of two classes of a row around. Immutable, safe for concurrent use, validated when constructed.
 */
public sealed interface ClassCalibration {
    /**
     * Calibrates the probabilities of one row in place; allocates nothing.
     *
     * @param probabilities of each class from the array's start, in [0, 1], summing to 1
     * @param classes how many there are
     */
    void apply(double[] probabilities, int classes);

    /** Leaves probabilities as they are. */
    record None() implements ClassCalibration {
        @Override
        public void apply(double[] probabilities, int classes) {}
    }

    /**
     * Temperature scaling: the logarithms of the probabilities, divided by the temperature, are the margins of a softmax (Guo,
     * Pleiss, Sun and Weinberger, ICML 2017). Above 1 it takes confidence away, below 1 it gives some. The most probable class
     * stays the most probable, but where doubles cannot tell two of them apart any more.
     *
     * @param value finite, above 0
     */
    record Temperature(double value) implements ClassCalibration {
        /** Probabilities are taken to be no less than this, so that 0 has a logarithm. */
        public static final double LEAST = Calibration.Platt.CLIP;

        /** Throws {@link IllegalArgumentException} on a temperature that is out of range. */
        public Temperature {
            if (!(value > 0) || !Double.isFinite(value)) {
                throw new IllegalArgumentException("temperature must be above 0 and finite: " + value);
            }
        }

        @Override
        public void apply(double[] probabilities, int classes) {
            for (int i = 0; i < classes; i++) {
                probabilities[i] = logarithm(probabilities[i]) / value;
            }
            Scorer.softmax(probabilities, classes);
        }

        /** The logarithm of a probability, finite. */
        static double logarithm(double probability) {
            return Math.log(Math.max(LEAST, probability));
        }
    }
}
