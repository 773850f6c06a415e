package io.freshet.trainer.rows;

/**
 * Where the given examples went; {@code given} is the sum of the next six.
 *
 * @param given examples handed in
 * @param otherFeatureSet left out: computed as another declaration defines the features
 * @param malformed left out: a label that is none of the task, or values that do not fit the declared features
 * @param beforeWindow left out: older than the newest {@code training.last}, or than the window
 * @param labelledTooLate left out of the training part: the label was not known before the hold-out began
 * @param train rows fitted on
 * @param holdout rows evaluated on
 */
public record RowCounts(
        int given, int otherFeatureSet, int malformed, int beforeWindow, int labelledTooLate, int train, int holdout) {}
