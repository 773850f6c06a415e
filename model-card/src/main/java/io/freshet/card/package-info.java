/** The model card: all that the log knows about one registered version, as a page and as JSON. */
@NullMarked
package io.freshet.card;

import org.jspecify.annotations.NullMarked;
