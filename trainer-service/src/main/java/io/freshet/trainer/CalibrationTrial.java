package io.freshet.trainer;

/**
 * A calibration that was tried on the best candidate.
 *
 * @param method how it was fitted
 * @param rows how many rows it was fitted on
 * @param logLossBefore on the hold-out without it
 * @param logLossAfter on the hold-out with it
 * @param probabilityBetter the share of resamples of the hold-out in which it lowers the log loss, 0 to 1
 * @param kept whether that share reaches the declared confidence, so that it serves
 */
public record CalibrationTrial(
        Method method, int rows, double logLossBefore, double logLossAfter, double probabilityBetter, boolean kept) {
    /** How a calibration is fitted. */
    public enum Method {
        PLATT,
        ISOTONIC,
        TEMPERATURE
    }
}
