package io.freshet.trainer.rows;

/**
 * Where the given examples went; {@code given} is the sum of the next six.
 *
 * @param given examples handed in
 * @param otherFeatureSet left out: computed as another declaration defines the features
 * @param malformed left out: a label other than 0 and 1, or values that do not fit the declared features
 * @param beyondLast left out: older than the newest {@code training.last}
 * @param labelledTooLate left out of the training part: the label was not known before the hold-out began
 * @param train rows fitted on
 * @param holdout rows evaluated on
 * @param trainPositives positives among {@code train}
 * @param holdoutPositives positives among {@code holdout}
 */
public record RowCounts(
        int given,
        int otherFeatureSet,
        int malformed,
        int beyondLast,
        int labelledTooLate,
        int train,
        int holdout,
        int trainPositives,
        int holdoutPositives) {

    /** Share of positives in the training part, 0 to 1; NaN when it is empty. */
    public double trainPositiveShare() {
        return (double) trainPositives / train;
    }
}
