package io.freshet.model;

/**
 * A preparation with the rows it was fitted on as a model should learn from them.
 *
 * @param preparation what serves, fitted on all rows
 * @param rows the training rows prepared, each {@link Preparation#width()} long. They are what the preparation gives,
 *     but for target-encoded features, whose values come from the labels of other rows only
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; handed on to the learner as it is.
public record FittedPreparation(Preparation preparation, double[][] rows) {}
