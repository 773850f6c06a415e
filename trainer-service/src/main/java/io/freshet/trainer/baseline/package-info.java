/**
 * The profile of the rows a model was made from, which live windows are compared with, and the thresholds for doing so.
 */
@NullMarked
package io.freshet.trainer.baseline;

import org.jspecify.annotations.NullMarked;
