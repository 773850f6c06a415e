/**
 * Honest evaluation on rows that the models were not fitted on: metrics with intervals by a block bootstrap in time, two
 * models compared on the same resamples, slices, the decision threshold. No Kafka, no clock but the one handed in.
 */
@NullMarked
package io.freshet.trainer.evaluate;

import org.jspecify.annotations.NullMarked;
