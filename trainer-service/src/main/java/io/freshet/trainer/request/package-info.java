/**
 * Which requests for training are trained: the rules that a pipeline declares under {@code retrain}, held against what was
 * asked and answered before. No Kafka and no clock but the one handed in.
 */
@NullMarked
package io.freshet.trainer.request;

import org.jspecify.annotations.NullMarked;
