/**
 * Labelled rows as training sees them: checked, split by time so that nothing from the hold-out's time is learned from,
 * and prepared into matrices.
 */
@NullMarked
package io.freshet.trainer.rows;

import org.jspecify.annotations.NullMarked;
