package io.freshet.drift.performance;

import java.util.Arrays;

/**
 * Tells from the ratios of realised to tolerated loss, one after the other, that the loss has risen above what is
 * tolerated. A Shiryaev-Roberts e-detector (Shin, Ramdas and Rinaldo, "E-detectors: a nonparametric framework for
 * sequential change detection", arXiv:2203.03532): for a bet f between 0 and 1, {@code 1 - f + f * ratio} is at least 0 and
 * has at most the mean 1 as long as the mean ratio, given what came before, is at most 1; the evidence {@code m = (m + 1)
 * * (1 - f + f * ratio)} therefore grows by at most 1 on average with each ratio, and it takes at least {@code n} of them
 * on average until it reaches {@code n}. This holds for every distribution and for dependent ratios. The evidence is
 * averaged over several bets, since small ones find small rises and large ones are quick. Mutable.
 */
final class DegradationDetector {
    private static final double[] BETS = {0.05, 0.1, 0.2, 0.4, 0.8};

    private final double limit;
    private final double[] evidence = new double[BETS.length];

    /** @param between how many ratios there are at least, on average, from a start to a false alarm; above 1 */
    DegradationDetector(double between) {
        this.limit = between;
    }

    /**
     * Takes the next ratio; says whether it is an alarm, after which it starts anew.
     *
     * @param ratio at least 0
     */
    boolean add(double ratio) {
        for (int i = 0; i < BETS.length; i++) {
            evidence[i] = (evidence[i] + 1) * (1 - BETS[i] + BETS[i] * ratio);
        }
        boolean alarm = Arrays.stream(evidence).average().orElse(0) >= limit;
        if (alarm) {
            restart();
        }
        return alarm;
    }

    void restart() {
        Arrays.fill(evidence, 0);
    }

    double[] evidence() {
        return evidence.clone();
    }

    /** Takes up what {@link #evidence()} gave; other bets start anew. */
    void restore(double[] kept) {
        restart();
        if (kept.length == evidence.length) {
            System.arraycopy(kept, 0, evidence, 0, kept.length);
        }
    }
}
