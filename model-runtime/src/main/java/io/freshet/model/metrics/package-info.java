/**
 * Offline quality metrics as pure functions of scores and labels, defined as scikit-learn defines them. A metric that
 * needs both classes answers an empty value where only one is present.
 */
@NullMarked
package io.freshet.model.metrics;

import org.jspecify.annotations.NullMarked;
