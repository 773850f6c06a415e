/** The log as commands read it: once, to what is its end then. */
@NullMarked
package io.freshet.quickstart.log;

import org.jspecify.annotations.NullMarked;
