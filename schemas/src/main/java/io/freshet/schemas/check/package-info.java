/** Whether an event or a label may be taken, by one set of rules for every way in. Pure. */
@NullMarked
package io.freshet.schemas.check;

import org.jspecify.annotations.NullMarked;
