/**
 * What a candidate has to prove before it serves: metrics on the hold-out, and a paired block bootstrap against the
 * champion on the same rows. Every rule is recorded with what was measured and the bound it was held against.
 */
@NullMarked
package io.freshet.trainer.gate;

import org.jspecify.annotations.NullMarked;
