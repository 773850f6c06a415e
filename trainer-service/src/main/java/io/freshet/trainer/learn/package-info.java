/**
 * The model families that can be declared as candidates. Each learner turns prepared rows and labels into a portable
 * scorer, using whatever library it likes; no library type leaves this package.
 */
@NullMarked
package io.freshet.trainer.learn;

import org.jspecify.annotations.NullMarked;
