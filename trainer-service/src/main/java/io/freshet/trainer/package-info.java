/**
 * Training a pipeline's candidates on labelled rows and deciding whether the best may serve. {@link
 * io.freshet.trainer.Training} reads as the flow: split by time, fit, evaluate, gate, bundle. Nothing here knows a topic,
 * a clock or a framework; what goes wrong comes back as a value with its reason.
 */
@NullMarked
package io.freshet.trainer;

import org.jspecify.annotations.NullMarked;
