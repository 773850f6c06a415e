/** How a model that has passed the gate takes the champion's place: what both say of the same events, and what follows. */
@NullMarked
package io.freshet.trainer.rollout;

import org.jspecify.annotations.NullMarked;
