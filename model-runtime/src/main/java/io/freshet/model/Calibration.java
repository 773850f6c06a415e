package io.freshet.model;

/**
 * Turns a model's score into a probability that comes true as often as it says. No calibration ever turns the order of two
 * scores around. Immutable, safe for concurrent use, validated when constructed.
 */
public sealed interface Calibration {
    /**
     * The calibrated probability, never decreasing in the score.
     *
     * @param score a probability, not NaN
     */
    double apply(double score);

    /** Leaves scores as they are; the only one for scores that are no probabilities. */
    record None() implements Calibration {
        @Override
        public double apply(double score) {
            return score;
        }
    }

    /**
     * Platt's: {@code 1 / (1 + exp(-(slope * log-odds + intercept)))} of the score's log-odds (Platt, in Advances in Large
     * Margin Classifiers, 1999). Different scores stay different but where doubles cannot tell them apart.
     *
     * @param slope finite, above 0
     * @param intercept finite
     */
    record Platt(double slope, double intercept) implements Calibration {
        /** Scores are clipped to [CLIP, 1 - CLIP], so that certain ones have log-odds. */
        public static final double CLIP = Math.ulp(1.0);

        /** Throws {@link IllegalArgumentException} on parameters that are out of range. */
        public Platt {
            if (!(slope > 0) || !Double.isFinite(slope) || !Double.isFinite(intercept)) {
                throw new IllegalArgumentException(
                        "slope must be above 0 and both finite: slope " + slope + ", intercept " + intercept);
            }
        }

        @Override
        public double apply(double score) {
            // Written so that every step keeps the order in floating point, which Link.LOGISTIC does not to the last
            // bit.
            return 1 / (1 + Math.exp(-(slope * logOdds(score) + intercept)));
        }

        /** The log-odds of a probability, finite. */
        static double logOdds(double score) {
            double p = Math.clamp(score, CLIP, 1 - CLIP);
            return Math.log(p) - Math.log1p(-p);
        }
    }

    /**
     * A rising line through points, level before the first and after the last (isotonic regression: Zadrozny and Elkan, KDD
     * 2002). Different scores may get one probability.
     */
    final class Isotonic implements Calibration {
        private final double[] scores;
        private final double[] probabilities;

        /**
         * Copies the points.
         *
         * @param scores in [0, 1], at least one, rising
         * @param probabilities in [0, 1], one per score, never falling
         * @throws IllegalArgumentException on anything else
         */
        public Isotonic(double[] scores, double[] probabilities) {
            this.scores = scores.clone();
            this.probabilities = probabilities.clone();
            if (scores.length == 0 || scores.length != probabilities.length) {
                throw new IllegalArgumentException(scores.length + " scores but " + probabilities.length
                        + " probabilities; one at least is needed");
            }
            for (int i = 0; i < scores.length; i++) {
                boolean inRange = scores[i] >= 0 && scores[i] <= 1 && probabilities[i] >= 0 && probabilities[i] <= 1;
                if (!inRange || (i > 0 && !(scores[i] > scores[i - 1] && probabilities[i] >= probabilities[i - 1]))) {
                    throw new IllegalArgumentException("point " + i + " is not in [0, 1] or not above the one before: "
                            + scores[i] + ", " + probabilities[i]);
                }
            }
        }

        /** A copy of the points' scores. */
        public double[] scores() {
            return scores.clone();
        }

        /** A copy of the points' probabilities. */
        public double[] probabilities() {
            return probabilities.clone();
        }

        @Override
        public double apply(double score) {
            int above = 0;
            int high = scores.length;
            while (above < high) {
                int middle = (above + high) >>> 1;
                if (scores[middle] <= score) {
                    above = middle + 1;
                } else {
                    high = middle;
                }
            }
            if (above == 0) {
                return probabilities[0];
            }
            double from = probabilities[above - 1];
            if (above == scores.length || scores[above - 1] == score || from == probabilities[above]) {
                return from;
            }
            double slope = (probabilities[above] - from) / (scores[above] - scores[above - 1]);
            return Math.min(probabilities[above], from + slope * (score - scores[above - 1]));
        }
    }
}
