/** The states of a model version, and which of them may follow which: what does not compile does not happen. */
@NullMarked
package io.freshet.trainer.registry;

import org.jspecify.annotations.NullMarked;
