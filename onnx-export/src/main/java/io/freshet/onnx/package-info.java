/**
 * Model bundles as ONNX graphs, for those who serve elsewhere. A graph takes the raw features by name and holds all that
 * {@link io.freshet.model.Model#score} does: preparation, scorer, calibration. The messages of the format are Tribuo's.
 */
@NullMarked
package io.freshet.onnx;

import org.jspecify.annotations.NullMarked;
