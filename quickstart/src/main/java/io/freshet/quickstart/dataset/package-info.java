/** Training sets for people: read again from the log by what a training recorded, and written as tables. */
@NullMarked
package io.freshet.quickstart.dataset;

import org.jspecify.annotations.NullMarked;
